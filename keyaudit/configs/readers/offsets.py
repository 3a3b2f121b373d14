"""Turns character offsets in a text into spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from keyaudit.core.location import Span

# From two character offsets to the span between them.
Place = Callable[[int, int], Span]


def lines_of(text: str, lines: int = 0, columns: int = 0) -> Place:
    """A function from two character offsets in a text to the span between them in its file, in
    which the text begins `lines` lines down and is indented by `columns`."""
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
