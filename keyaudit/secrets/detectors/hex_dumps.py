"""Reads text in hexadecimal digits over several lines: dumps, arrays of bytes, wrapped digits.

Dumps are those of xxd, hexdump -C and od: an offset, bytes, and the same as characters. Arrays are
those of C and its like (`0x47, 0x49`) and escapes in literals (`\\x47\\x49`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from keyaudit.secrets.values.decoding import from_hexadecimal

_DUMPED = re.compile(
    r"[ \t]*[0-9A-Fa-f]{4,16}:?[ \t]{1,4}(?P<bytes>(?:[0-9A-Fa-f]{2}){1,2}"
    r"(?:[ \t]{1,2}(?:[0-9A-Fa-f]{2}){1,2})*)(?=[ \t]|$)"
)
_ARRAY = re.compile(r"(?:0[xX]|\\x)(?P<byte>[0-9A-Fa-f]{2})(?![0-9A-Fa-f])")
_BARE = re.compile(r"[ \t]*[\"']?(?P<bytes>(?:[0-9A-Fa-f]{2}){16,})[\"']?[ \t\\,;)]*")
_DIGITS = re.compile(r"[^0-9A-Fa-f]")
_WIDTH = 32  # digits in a line of a dump; what follows them is the same as characters
_MOST_LINES = 400


class Dumped(NamedTuple):
    """A text, the lines (from 1) of its digits, and the columns (from 0) of those in the first."""

    line: int
    last: int
    start: int
    end: int
    text: str


class _Row(NamedTuple):
    digits: str
    start: int
    end: int


def find(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Dumped]:
    """The texts in hexadecimal that begin in the lines (from 1) that triage points at."""
    last = 0
    for number in numbers:
        if number <= last or number > len(lines):
            continue
        for read in (_dumped, _array, _bare):
            first = read(lines[number - 1])
            if first is None:
                continue
            rows = [first]
            for line in lines[number : number + _MOST_LINES]:
                row = read(line)
                if row is None:
                    break
                rows.append(row)
            text = from_hexadecimal("".join(row.digits for row in rows))
            if text is not None:
                last = number + len(rows) - 1
                yield Dumped(number, last, first.start, first.end, text)
                break


def _dumped(line: str) -> _Row | None:
    found = _DUMPED.match(line)
    if found is None:
        return None
    digits = _DIGITS.sub("", found["bytes"])[:_WIDTH]
    # The characters beside the bytes are the text itself.
    return _Row(digits, found.start("bytes"), len(line.rstrip()))


def _array(line: str) -> _Row | None:
    found = list(_ARRAY.finditer(line))
    if not found:
        return None
    return _Row("".join(one["byte"] for one in found), found[0].start(), found[-1].end())


def _bare(line: str) -> _Row | None:
    found = _BARE.fullmatch(line)
    return None if found is None else _Row(found["bytes"], *found.span("bytes"))
