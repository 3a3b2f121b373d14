"""Finds texts encoded in base64 or hexadecimal, in which a secret may stand, one level deep.

Only what decodes to plain text is given: binary data (keys in DER, images) is another matter, and
so is text in text in text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keyaudit.core.patterns import regex
from keyaudit.secrets.detectors import hex_dumps
from keyaudit.secrets.values.decoding import from_base64, from_hexadecimal

_RUN = regex(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{22,}={0,2}(?![A-Za-z0-9+/_=-])", re.ASCII)
_HEX = regex(r"(?<![A-Za-z0-9_-])(?:0[xX])?((?:[0-9a-fA-F]{2}){16,})(?![A-Za-z0-9_-])")
# A line of nothing but base64, as encoders wrap it, with what quotes it in code.
_WRAPPED = regex(
    r"(?:\s*(?:[#*|]\s*|//\s*)?(?:[+.&]\s+)?\(?\s*(?:[bB]?[\"'])?|\s*-\s+)(?P<body>[A-Za-z0-9+/]{4,}={0,2})(?:\\n)?(?:[\"'])?[\s+.&\\,;)]*",
    re.ASCII,
)
_LEAST_WRAPPED = 48
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text, and where its encoded form stands.

    `line` (from 1) is where it begins, `start` and `end` (from 0) are its columns there; `last`
    is its last line, where it was wrapped.
    """

    line: int
    last: int
    start: int
    end: int
    text: str
    encoding: str


def find(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[Encoded]:
    """The encoded texts that begin in the lines (from 1) that triage points at."""
    dumped = [Encoded(*dump, "hexadecimal") for dump in hex_dumps.find(lines, numbers)]
    yield from dumped
    last = 0
    rows = {number for dump in dumped for number in range(dump.line, dump.last + 1)}
    numbers = [number for number in numbers if number not in rows]
    for number in numbers:
        if number <= last or number > len(lines):
            continue
        line = lines[number - 1]
        for run in _RUN.finditer(line):
            body, last = _whole(lines, number, run)
            text = from_base64(body)
            if text is None and last > number:  # what follows was something else
                text, last = from_base64(run[0]), number
            if text is not None:
                yield Encoded(number, last, run.start(), run.end(), text, "base64")
        for run in _HEX.finditer(line):
            text = from_hexadecimal(run[1])
            if text is not None:
                yield Encoded(number, number, run.start(), run.end(), text, "hexadecimal")


def _whole(lines: Sequence[str], number: int, run: re.Match[str]) -> tuple[str, int]:
    """The run with the lines that go on with it, and the last line's number."""
    body = run[0]
    if len(body) < _LEAST_WRAPPED or body.endswith("=") or run.end() < len(run.string.rstrip()) - 4:
        return body, number
    parts = [body]
    for following in lines[number : number + _MOST_LINES]:
        wrapped = _WRAPPED.fullmatch(following)
        if wrapped is None:
            break
        parts.append(wrapped["body"])
        number += 1
        if len(wrapped["body"]) < len(body) or wrapped["body"].endswith("="):
            break
    return "".join(parts), number
