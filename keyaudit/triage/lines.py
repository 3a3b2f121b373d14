"""Converts byte offsets to line numbers."""

from __future__ import annotations

from collections.abc import Iterable


def line_numbers(data: bytes, offsets: Iterable[int]) -> list[int]:
    """The line numbers (from 1) of the byte offsets: sorted, without duplicates.

    Newlines are counted only between consecutive offsets, so that a match in the last line of a
    large file costs one pass, and many matches in one line cost one count.
    """
    numbers: list[int] = []
    line = 1
    counted = 0
    next_newline = -1
    for offset in sorted(set(offsets)):
        if numbers and (next_newline < 0 or offset <= next_newline):
            continue
        line += data.count(b"\n", counted, offset)
        counted = offset
        next_newline = data.find(b"\n", offset)
        numbers.append(line)
    return numbers
