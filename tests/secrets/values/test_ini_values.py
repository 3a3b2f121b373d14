"""Files of settings are read into the very lines that detect-secrets' own reader makes of them."""

from __future__ import annotations

import configparser

import hypothesis.strategies as st
import pytest
from detect_secrets.transformers.config import _parse_file
from hypothesis import given, settings

from keyaudit.secrets.candidates import split_lines
from keyaudit.secrets.detectors import detect_secrets_plugins
from keyaudit.secrets.values import ini_values

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
    file = detect_secrets_plugins._NamedText("\n".join(lines))
    file.name = "some.txt"
    try:
        return _parse_file(file, add_header=header) or None
    except Exception:
        return None


def _ours(lines: list[str], *, header: bool) -> list[str] | None:
    return detect_secrets_plugins._transform("setup.cfg", lines, eager=header)


@settings(max_examples=600, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=9), st.booleans())
def test_no_text_is_read_otherwise(lines: list[str], header: bool) -> None:
    if not header:
        lines = ["[first]", *lines]
    assert _ours(lines, header=header) == _theirs(lines, header=header)


_FLAT_LINES = st.one_of(
    st.sampled_from(["", "  ", "# c: d", "    #   via e", "; f = g"]),
    st.tuples(
        st.sampled_from("abcdefg["),
        st.text("a -.<~", max_size=2),
        st.sampled_from(["=", " = ", ": ", ":", "==", " == ", ":=", ">="]),
        st.sampled_from(["", "1", "é 2", "'x'", '"a b"', "c # d"])
        | st.text("1 \"'=#\\\xa0", max_size=5),
    ).map("".join),
)


@settings(max_examples=600, deadline=None)
@given(st.lists(_FLAT_LINES, min_size=1, max_size=6))
def test_a_flat_file_is_made_line_by_line(lines: list[str]) -> None:
    if not ini_values.is_flat("\n".join(lines)):
        return
    made = [ini_values.virtual_line(line) for line in lines]
    expected = _theirs(lines, header=True) or []
    assert made == expected + [""] * (len(lines) - len(expected))
    # Nothing is put together, so there is nothing to look at that triage has not seen.
    assert not detect_secrets_plugins._changed(lines, made, {})


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("# by pip-compile\naspy.yaml==1.3.0   # via a\nb>=2\n    # via\n    #   c\n", True),
        ("HOST=db\nPASSWORD = 'it''s'\nEMPTY=\nURL: \"x\"\n", True),
        ("a==1 \\\n    --hash=sha256:0\n", False),
        ("a=1\na=2\n", False),
        ("a=%(b)s\n", False),
        ("a=1\nb\n", False),
        ("# c\n", False),
    ],
)
def test_which_files_are_flat(text: str, flat: bool) -> None:
    assert ini_values.is_flat(text) is flat


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
            ini_values.virtual_lines(text, lambda _line: False, header=header)
