"""Files of settings are read into the very lines that detect-secrets' own reader makes of them."""

from __future__ import annotations

import configparser

import hypothesis.strategies as st
import pytest
from detect_secrets.transformers.config import _parse_file
from hypothesis import given, settings

from keyaudit.secrets import detect, ini_values
from keyaudit.secrets.candidates import split_lines

_LINES = st.one_of(
    st.sampled_from(
        ["", "[a]", "[b]", "# c", "  ; c", "# pragma: allowlist nextline secret", "a==1.0", "a",
         "  ;pragma: allowlist-nextline-secret", "\tb", "  a = b", "    c: d", "[DEFAULT]", "%"]
    ),
    st.tuples(
        st.sampled_from(["", "", "", "  ", "\t"]),
        st.sampled_from(["a", "b", "a b", "é", "'c'", "a.b"]),
        st.sampled_from(["=", " = ", ": ", ":", "==", " := ", "  "]),
        st.sampled_from(["", "1", "=1", ": 2", "'x'", '"y', '"z"', "'", "a", "b # c", "%(a)s", "%%",
                         "a\u2028b", "x \\", "[a]"]),
    ).map("".join),
)  # fmt: skip


def _theirs(lines: list[str], *, header: bool) -> list[str] | None:
    file = detect._NamedText("\n".join(lines))
    file.name = "some.txt"
    try:
        return _parse_file(file, add_header=header) or None
    except Exception:
        return None


def _ours(lines: list[str], *, header: bool) -> list[str] | None:
    return detect._transform("setup.cfg", lines, eager=header)


@settings(max_examples=600, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=9), st.booleans())
def test_no_text_is_read_otherwise(lines: list[str], header: bool) -> None:
    if not header:
        lines = ["[first]", *lines]
    assert _ours(lines, header=header) == _theirs(lines, header=header)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values_of_several_lines_and_notes(end: str) -> None:
    text = end.join(["[a]", "b = 'c'", "  d", "", "# pragma: allowlist nextline secret", "e: f=g"])
    lines = split_lines(text)
    assert _ours(lines, header=False) == [
        "", 'b = "c"', 'b = "d"', "", "# pragma: allowlist nextline secret", 'e = "f=g"'
    ] == _theirs(lines, header=False)  # fmt: skip


def test_what_is_no_such_file_is_told() -> None:
    for text, header in (("a = b", False), ("a", True), ("", False)):
        with pytest.raises(configparser.Error):
            ini_values.as_lines(text, lambda _line: False, header=header)
