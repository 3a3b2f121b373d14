"""Turns character offsets in a text into spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from keyaudit.core.location import Span

# From two character offsets to the span between them.
Place = Callable[[int, int], Span]


def lines_of(text: str) -> Place:
    """A function from two character offsets in a whole file to the span between them."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(begin: int, end: int) -> Span:
        first, last = bisect_right(starts, begin), bisect_right(starts, end)
        return Span(first, begin - starts[first - 1] + 1, last, end - starts[last - 1] + 1)

    return place


def lines_below(text: str, lines: int, columns: int) -> Place:
    """As `lines_of`, for a text that begins some lines down in a file, indented by some columns."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(begin: int, end: int) -> Span:
        first, last = bisect_right(starts, begin), bisect_right(starts, end)
        return Span(
            first + lines,
            begin - starts[first - 1] + 1 + columns,
            last + lines,
            end - starts[last - 1] + 1 + columns,
        )

    return place
