"""Code frames: a masked source line, cut to fit, and carets under the span in question."""

from __future__ import annotations

from dataclasses import dataclass

from keyaudit.core.location import Span
from keyaudit.core.masked_line import shown
from keyaudit.reports.terminal import TAB, printable, width

_CUT = "..."


@dataclass(frozen=True, slots=True)
class Frame:
    """The line to show (`code`), and the start (from 0) and number of the carets under it.

    Both are in columns; no carets (0) if the place is not known.
    """

    code: str
    indent: int = 0
    carets: int = 0

    @property
    def underline(self) -> str:
        """The line of carets; empty if there are none."""
        return " " * self.indent + "^" * self.carets if self.carets else ""


def frame(code: str, span: Span, limit: int) -> Frame:
    """The frame of a masked source line for a span, at most `limit` columns wide."""
    place = locate(code, span)
    if place is None:
        return Frame(_cut(_expand(code, 0, 0)[0], 0, 0, limit)[0])
    return Frame(*_cut(*_expand(code, *place), limit))


def locate(code: str, span: Span) -> tuple[int, int] | None:
    """Start and end of a span in its masked first line, in characters from 0; None if outside."""
    if span.column < 1:
        return None
    start, end = shown(code, span.column - 1, span.end_column - 1)
    if start >= len(code):
        return None
    end = min(end, len(code)) if span.end_line == span.line else len(code)
    return start, max(len(code[:end].rstrip()), start + 1)


def one_line(code: str, limit: int) -> str:
    """A masked source line without indentation, cut at the end to `limit` columns."""
    text = _expand(code.strip(), 0, 0)[0]
    return _cut(text, 0, 0, limit)[0]


def _expand(code: str, start: int, end: int) -> tuple[str, int, int]:
    """The code printable and with tabs as spaces, and where two of its characters went."""
    parts: list[str] = []
    places: list[int] = []
    column = 0
    for char in code:
        places.append(column)
        shown = " " * (TAB - column % TAB) if char == "\t" else printable(char)
        parts.append(shown)
        column += len(shown)
    places.append(column)
    return "".join(parts), places[min(start, len(code))], places[min(end, len(code))]


def _cut(text: str, start: int, end: int, limit: int) -> tuple[str, int, int]:
    """The part of a line that shows characters start to end, and the carets' columns in it."""
    if width(text) <= limit:
        return text, width(text[:start]), width(text[start:end])
    room = limit - 2 * len(_CUT)
    end = _fits(text, start, end, room)
    left, right = start, end
    # A third for what stands before, which says where we are; then what comes after; then more.
    left = _leftward(text, left, right, room, start - room // 3)
    right = _rightward(text, left, right, room if left else room + len(_CUT))
    left = _leftward(text, left, right, room if right < len(text) else room + len(_CUT), 0)
    head = _CUT if left else ""
    tail = _CUT if right < len(text) else ""
    indent = len(head) + width(text[left:start])
    return head + text[left:right] + tail, indent, width(text[start:end])


def _leftward(text: str, left: int, right: int, room: int, stop: int) -> int:
    while left > max(stop, 0) and width(text[left - 1 : right]) <= room:
        left -= 1
    return left


def _rightward(text: str, left: int, right: int, room: int) -> int:
    while right < len(text) and width(text[left : right + 1]) <= room:
        right += 1
    return right


def _fits(text: str, start: int, end: int, room: int) -> int:
    """The last end up to `end` so that the text from `start` is no wider than `room`."""
    columns = 0
    for index in range(start, end):
        columns += width(text[index])
        if columns > room:
            return index
    return end
