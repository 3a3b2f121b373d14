"""Reads text in hexadecimal digits over several lines: dumps, arrays of bytes, wrapped digits.

Dumps are those of xxd, hexdump -C and od: an offset, bytes, and the same as characters. Arrays are
those of C and its like (`0x47, 0x49`) and escapes in literals (`\\x47\\x49`).
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.secrets.values.decoding import CONTROL, LONGEST

_DUMPED = regex(
    r"[ \t]*[0-9A-Fa-f]{4,16}:?[ \t]{1,4}(?P<bytes>(?:[0-9A-Fa-f]{2}){1,2}"
    r"(?:[ \t]{1,2}(?:[0-9A-Fa-f]{2}){1,2})*)(?=[ \t]|$)"
)
# A byte of its own: base64 has `0xAB` in the midst of other letters.
_ARRAY = regex(
    r"(?<![A-Za-z0-9_+/])0[xX](?P<byte>[0-9A-Fa-f]{2})(?![A-Za-z0-9_+/=])"
    r"|\\x(?P<escape>[0-9A-Fa-f]{2})(?![0-9A-Fa-f])"
)
_BARE = regex(r"[ \t]*[\"']?(?P<bytes>(?:[0-9A-Fa-f]{2}){16,})[\"']?[ \t\\,;)]*")
_DIGITS = regex(r"[^0-9A-Fa-f]")
_WIDTH = 32  # digits in a line of a dump; what follows them is the same as characters
_MOST_LINES = 400
_LEAST = 8  # characters of a text; fewer are a number or a flag


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
    readers = [_Reader(read, lines) for read in (_dumped, _array, _bare)]
    last = 0
    for number in numbers:
        if number <= last or number > len(lines):
            continue
        for reader in readers:
            if found := reader.text_at(number):
                last = found.last
                yield found
                break


class _Reader:
    """Reads rows of one kind, each once: of a large array triage points at most lines."""

    def __init__(self, read: Callable[[str], _Row | None], lines: Sequence[str]) -> None:
        self._read = read
        self._lines = lines
        self._rows: dict[int, _Row | None] = {}

    def text_at(self, number: int) -> Dumped | None:
        """The text that begins in a line (from 1) and goes on to a row with bytes of no text."""
        first = self._row(number)
        if first is None or len(first.digits) < 2 * _LEAST:
            return None
        decoder = getincrementaldecoder("utf-8")()
        text = ""
        last = number
        for at in range(number, min(number + _MOST_LINES, len(self._lines)) + 1):
            row = self._row(at)
            if row is None:
                break
            try:
                piece = decoder.decode(bytes.fromhex(row.digits))
            except UnicodeDecodeError:
                break
            binary = CONTROL.search(piece)
            text += piece[: binary.start()] if binary else piece
            last = at
            if binary or len(text) > LONGEST:
                break
        if len(text) < _LEAST:
            return None
        return Dumped(number, last, first.start, first.end, text)

    def _row(self, number: int) -> _Row | None:
        if number not in self._rows:
            self._rows[number] = self._read(self._lines[number - 1])
        return self._rows[number]


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
    return _Row(
        "".join(one["byte"] or one["escape"] for one in found), found[0].start(), found[-1].end()
    )


def _bare(line: str) -> _Row | None:
    found = _BARE.fullmatch(line)
    return None if found is None else _Row(found["bytes"], *found.span("bytes"))
