"""Each text that a pattern matches has one of the words that are said to be required."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.configs.required_words import required_words


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(?i)StrictHost[= ]+\"?(?:no|off)\b|KnownHosts", {"stricthost", "knownhosts"}),
        (r"config\s.*(?:sslverify|strict-ssl)[= ](?:false|0)", {"sslverify", "strict-ssl"}),
        (r"(?:^|/)(?!.*pub)(?:id_rsa|[\w.-]*key\.pem)$", {"id_rsa", "key.pem"}),
        (r"(?:abc)?defg|x{2,}long(?:er)*", {"defg", "long"}),
        (r"ab+c", set()),  # no run of three signs that each match has
        (r"abc|\d+", set()),  # one of two may match without a word
        (r"[]a]bcd", {"bcd"}),
        (r"\x41bcde?", {"bcd"}),
        (r"(?x) abc # a comment", set()),
        (r"abc{0}def", {"def"}),
        ("", set()),
    ],
)
def test_the_words_of_a_pattern(pattern: str, words: set[str]) -> None:
    assert required_words(pattern) == words


_ATOMS = st.sampled_from(["abc", "b", r"\.", r"\w", "[ab]", "[]c]", "(?:abc|bca)", "(?!x)", "^"])
_PARTS = st.tuples(_ATOMS, st.sampled_from(["", "", "", "*", "+", "?", "*?", "{2}"])).map(
    lambda part: part[0] if part[0] in ("(?!x)", "^") else "".join(part)
)
_PATTERNS = st.lists(_PARTS, min_size=1, max_size=5).map("".join)


@given(
    st.lists(_PATTERNS, min_size=1, max_size=2).map("|".join),
    st.lists(st.sampled_from(["abc", "bca", "a", "b", ".", "]", "c"]), max_size=12).map("".join),
)
def test_what_matches_has_one(pattern: str, text: str) -> None:
    words = required_words(pattern)
    if words and re.search(pattern, text):
        assert any(word in text.lower() for word in words)
