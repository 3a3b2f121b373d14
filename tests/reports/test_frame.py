"""Code frames: the carets stand under the place, whatever the line holds and however it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.core.location import Span
from keyaudit.core.python_text import PythonText
from keyaudit.core.redact import mask_line
from keyaudit.reports.frame import frame, one_line
from keyaudit.reports.terminal import printable, width


def underlined(code: str, span: Span, limit: int = 80) -> str:
    """What of the shown line the carets stand under, by columns of a terminal."""
    shown = frame(code, span, limit)
    if not shown.carets:
        return ""
    column = 0
    under = ""
    for char in shown.code:
        if shown.indent <= column < shown.indent + shown.carets:
            under += char
        column += width(char)
    return under


def at(code: str, part: str) -> Span:
    start = code.index(part) + 1
    return Span(5, start, 5, start + len(part))


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("cipher = AESGCM(KEY)", "KEY"),
        ("\tcipher = AESGCM(\tKEY)", "KEY"),
        ("鍵 = AESGCM(主鍵)", "主鍵"),
        ("e\u0301te\u0301 = AESGCM(KEY)", "KEY"),
        ("KEY", "KEY"),
    ],
)
def test_the_carets_stand_under_the_span(code: str, part: str) -> None:
    assert underlined(code, at(code, part)) == part


def test_a_span_over_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    code = "    key = derive(   "
    assert underlined(code, Span(5, 11, 8, 3)) == "derive("


@pytest.mark.parametrize(
    ("line", "part", "expected"),
    [
        ('cipher = AESGCM(b"k7Zq2VxNp9Tw4Rb8")', 'b"k7Zq2VxNp9Tw4Rb8"', 'b"…"'),
        ('call(b"k7Zq2VxNp9Tw4Rb8", other)', "other", "other"),
        ('call({"a": ["k7Zq2VxNp9Tw4Rb8", 1]}, x)', '["k7Zq2VxNp9Tw4Rb8", 1]', '["…", 1]'),
        ('f("k7Zq2VxNp9Tw4Rb8", g("m3Xc8LqRt5Zv1Nd6", KEY), y)', "KEY", "KEY"),
        ('f("k7Zq2VxNp9Tw4Rb8", g("m3Xc8LqRt5Zv1Nd6"), y)', "m3Xc8LqRt5Zv1Nd6", "…"),
        # A part of what is masked is all of the mask.
        ('f("k7Zq2VxNp9Tw4Rb8", y)', "VxNp9T", "…"),
        ('f("k7Zq2VxNp9Tw4Rb8", y)', 'Rb8", y', '…", y'),
    ],
)
def test_the_carets_stand_under_the_span_of_a_masked_line(
    line: str, part: str, expected: str
) -> None:
    code = PythonText(line).code(0, len(line))
    assert underlined(mask_line(line, [], code=code), at(line, part)) == expected


@pytest.mark.parametrize("span", [Span(1, 99, 1, 104), Span(1, 0, 1, 2)])
def test_a_span_outside_the_line_gets_no_carets(span: Span) -> None:
    assert frame("AESGCM(KEY)", span, 80).underline == ""


def test_a_long_line_is_cut_around_the_span() -> None:
    code = "x = [" + ", ".join(["aaaa"] * 50) + ", AESGCM(KEY), " + ", ".join(["bbbb"] * 50) + "]"
    shown = frame(code, at(code, "AESGCM(KEY)"), 60)
    assert width(shown.code) <= 60
    assert shown.code.startswith("...")
    assert shown.code.endswith("...")
    assert underlined(code, at(code, "AESGCM(KEY)"), 60) == "AESGCM(KEY)"


def test_the_end_of_a_long_line_is_shown_in_full() -> None:
    code = "x" * 300 + " AESGCM(KEY)"
    shown = frame(code, at(code, "KEY"), 60)
    assert shown.code.endswith("AESGCM(KEY)")
    assert width(shown.code) > 50


def test_one_line_drops_the_indentation_and_cuts_the_end() -> None:
    assert one_line("\t\tkey = 1  ", 40) == "key = 1"
    assert one_line("a" * 100, 20) == "a" * 17 + "..."


TEXT = st.text(st.characters(exclude_characters="\r\n"), max_size=120)


@given(TEXT, st.integers(0, 130), st.integers(0, 130), st.integers(20, 90))
def test_any_line_fits_and_shows_nothing_a_terminal_acts_on(
    code: str, column: int, length: int, limit: int
) -> None:
    shown = frame(code, Span(1, column, 1, column + length), limit)
    assert width(shown.code) <= limit
    assert shown.code == printable(shown.code)
    assert shown.indent + shown.carets <= max(width(shown.code), shown.indent + 1)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1),
       st.data())  # fmt: skip
def test_the_carets_of_an_unmasked_line_are_exact(code: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(code) - 1))
    end = data.draw(st.integers(start + 1, len(code)))
    part = code[start:end]
    expected = part.rstrip() or part[0]
    assert underlined(code, Span(1, start + 1, 1, end + 1), 200) == expected
