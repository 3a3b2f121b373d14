"""Looks for pieces of values in what was written: as they are, in base64 and in hexadecimal."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable

SIZE = 8  # characters of a value in a row that nobody may see
_JSON_ESCAPE = re.compile(r'\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))')
# What stands between the bytes of a dump or of an array.
_BETWEEN = re.compile(r"0x|\\x|[ ,]")
# Digests, ids of git and the keyed digests of a cache, some of them side by side.
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{24,}(?![0-9a-f])")
_OF_CHANCE = 11  # digits that a digest may have in common with one of all values
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Search:
    """Knows values, and finds 8 characters in a row of any of them."""

    def __init__(self, values: Iterable[str]) -> None:
        pieces: dict[str, str] = {}
        encoded: dict[str, str] = {}
        hexadecimal: dict[str, str] = {}
        for value in values:
            for piece in windows(value, SIZE):
                # Less stands in the tables of the compiled patterns, whatever was scanned.
                if len(set(piece)) > 3:
                    pieces.setdefault(piece, value)
            data = value.encode()
            for shift in range(3):
                # Of three alignments, without the ends that depend on what stands around.
                text = (
                    base64.b64encode(b"\0" * shift + data)
                    .decode()
                    .rstrip("=")[4 if shift else 0 : -3]
                )
                for form in (text, text.replace("+", "-").replace("/", "_")):
                    for piece in windows(form, 12):
                        encoded.setdefault(piece, value)
            for piece in windows(data.hex(), 2 * SIZE):
                hexadecimal.setdefault(piece, value)
        self._pieces = _Pieces(pieces, SIZE)
        self._encoded = _Pieces(encoded, 12)
        self._hexadecimal = _Pieces(hexadecimal, 2 * SIZE)

    def found(self, written: bytes) -> list[tuple[str, str]]:
        """The pieces in what was written, each with its value."""
        text = written.decode("utf-8", "replace")
        found: dict[str, str] = {}
        for form in {text, _unescaped(text)}:
            found |= self._pieces.within(form)
            found |= self._encoded.within(form)
            small = form.lower()
            found |= self._hexadecimal.within(small)
            joined = _BETWEEN.sub("", small)
            # Lines and columns side by side are eight digits as well, of any number.
            found |= {p: v for p, v in self._pieces.within(joined).items() if not p.isdigit()}
            found |= self._hexadecimal.within(joined)
        return sorted(found.items())


def windows(text: str, size: int) -> list[str]:
    """Every stretch of so many characters."""
    return [text[at : at + size] for at in range(len(text) - size + 1)]


def _is_of_digest(text: str, start: int, value: str) -> bool:
    """Whether the stretch at `start` is within digits of a digest that have no more of the value
    than chance gives: of a hundred trees one has eight digits in common with such."""
    end = start + SIZE
    run = next((m for m in _DIGEST.finditer(text, max(0, start - 256), end + 256)
                if m.start() <= start and end <= m.end()), None)  # fmt: skip
    if run is None:
        return False
    around = text[max(run.start(), end - _OF_CHANCE - 1) : min(run.end(), start + _OF_CHANCE + 1)]
    return not any(stretch in value for stretch in windows(around, _OF_CHANCE + 1))


class _Pieces:
    """Texts of one size, each with its value.

    A text that holds one of them has, at one of its places 0, 5, 10, ..., the stretch of
    `size - 4` characters that begins at one of the first five places of that piece: so four in
    five places of the text need no look.
    """

    _STEP = 5

    def __init__(self, pieces: dict[str, str], size: int) -> None:
        self._pieces = pieces
        self._size = size
        self._gram = size - self._STEP + 1
        self._grams = {gram for piece in pieces for gram in windows(piece, self._gram)}

    def within(self, text: str) -> dict[str, str]:
        found = {}
        gram, grams = self._gram, self._grams
        for at in range(0, len(text) - gram + 1, self._STEP):
            if text[at : at + gram] in grams:
                for start in range(max(0, at - self._STEP + 1), at + 1):
                    piece = text[start : start + self._size]
                    value = self._pieces.get(piece)
                    if value is not None and not (
                        self._size == SIZE and _is_of_digest(text, start, value)
                    ):
                        found[piece] = value
        return found


def _unescaped(text: str) -> str:
    """The text without the escapes of JSON."""
    return _JSON_ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]), text
    )


def in_json(text: str) -> str:
    """A text as JSON has it between quotes."""
    return json.dumps(text)[1:-1]
