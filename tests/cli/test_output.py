"""Colors, encodings and the progress bar."""

from __future__ import annotations

import io

import pytest

from keyaudit.cli.output import put, use_color
from keyaudit.cli.progress import Bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "terminal", "color"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": ""}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_color_is_for_terminals_and_the_environment_decides(
    variables: dict[str, str], terminal: bool, color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert use_color(Terminal() if terminal else io.StringIO()) is color


def test_what_an_encoding_lacks_is_replaced() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    put("naïve 鍵 …\n", stream)
    assert raw.getvalue() == b"na\xefve ? ?\n"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_bar_waits_a_second_and_goes_away() -> None:
    clock, stream = Clock(), Terminal()
    bar = Bar(stream, clock)
    bar(1, 100)
    clock.now = 0.9
    bar(20, 100)
    assert stream.getvalue() == ""
    clock.now = 1.1
    bar(50, 100)
    assert stream.getvalue() == "\r\x1b[Kkeyaudit: [############............] 50 of 100 files"
    bar(51, 100)
    assert "51" not in stream.getvalue(), "it is drawn ten times a second at most"
    clock.now = 1.3
    bar(100, 100)
    assert "100 of 100" in stream.getvalue()
    bar.close()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_short_scan_shows_no_bar() -> None:
    stream = Terminal()
    bar = Bar(stream, Clock())
    bar(0, 0)
    bar(5, 5)
    bar.close()
    assert stream.getvalue() == ""
