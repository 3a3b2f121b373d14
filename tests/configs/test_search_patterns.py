"""A pattern that is fit to search with finds whatever the pattern it was made of finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.configs.needles import Possible
from keyaudit.configs.search_patterns import searched_for


@pytest.mark.parametrize(
    ("pattern", "made"),
    [
        (r".*pass", "pass"),
        (r"(?i)\w*pass", "(?i)pass"),
        (r"(?i)(?:.*[_.-])?(?:pass|key)", "(?i)(?:pass|key)"),
        (r"(?:\w+[-_.]|pg)?(?:\w*pass|[a-z]*key|pwd)", "(?:pass|key|pwd)"),
        (r"(?:(?:tls|ssl)[-_]?)*skip", "skip"),
        (r"a\*b[*+]c\+d.*e", r"a\*b[*+]c\+d.{0,60}e"),
        (r"[]*]*a[^]+]+b", "a[^]+]{1,60}b"),
        (r"(?:a)b\w*?", r"(?:a)b\w{0,60}?"),
        (r"(?:a|(?:x|y)?b)", "(?:a|b)"),
        (r"a|(?:\w+[-_])?b|.*c", "a|b|c"),
        ("", ""),
    ],
)
def test_what_is_made_of_it(pattern: str, made: str) -> None:
    assert searched_for(pattern) == made
    re.compile(made)


def test_an_alternative_about_any_option_is_asked_of_each_script() -> None:
    asked = {"form": "shell", "of": ["*"], "path": "options.*", "key": "(?i)storepass"}
    assert Possible(b'keytool -list -storepass "$STORE_PASS"\n').may_match(asked)
    assert not Possible(b"keytool -list\n").may_match(asked)


_ATOMS = st.sampled_from(["a", "b", ".", r"\w", "[ab]", "[^a]", "(?:a|b)", "(?:ab|a)"])
_PARTS = st.tuples(_ATOMS, st.sampled_from(["", "", "*", "+", "?", "*?"])).map("".join)
_PATTERNS = st.lists(_PARTS, min_size=1, max_size=5).map("".join)


@given(st.lists(_PATTERNS, min_size=1, max_size=2).map("|".join), st.text("abc_\n", max_size=50))
def test_it_finds_all_that_was_found(pattern: str, text: str) -> None:
    if re.search(pattern, text):
        assert re.search(searched_for(pattern), text)
