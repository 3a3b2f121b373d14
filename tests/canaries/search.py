"""Looks for pieces of values in what was written: as they are, in base64 and in hexadecimal."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable

SIZE = 8  # characters of a value in a row that nobody may see
_JSON_ESCAPE = re.compile(r'\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))')
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Search:
    """Knows values, and finds 8 characters in a row of any of them."""

    def __init__(self, values: Iterable[str]) -> None:
        self._pieces: dict[str, str] = {}
        self._long: dict[str, str] = {}
        for value in values:
            for piece in windows(value, SIZE):
                self._pieces.setdefault(piece, value)
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
                        self._long.setdefault(piece, value)
            for piece in windows(data.hex(), 2 * SIZE):
                self._long.setdefault(piece, value)

    def found(self, written: bytes) -> list[tuple[str, str]]:
        """The pieces in what was written, each with its value."""
        text = written.decode("utf-8", "replace")
        found: dict[str, str] = {}
        for form in {text, _unescaped(text)}:
            found |= _in(form, self._pieces, SIZE)
            found |= _in(form, self._long, 12)
            found |= _in(form.lower(), self._long, 2 * SIZE)
        return sorted(found.items())


def windows(text: str, size: int) -> list[str]:
    """Every stretch of so many characters."""
    return [text[at : at + size] for at in range(len(text) - size + 1)]


def _in(text: str, pieces: dict[str, str], size: int) -> dict[str, str]:
    known = {text[at : at + size] for at in range(len(text) - size + 1)} & pieces.keys()
    return {piece: pieces[piece] for piece in known}


def _unescaped(text: str) -> str:
    """The text without the escapes of JSON."""
    return _JSON_ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES.get(found[2], found[2]), text
    )


def in_json(text: str) -> str:
    """A text as JSON has it between quotes."""
    return json.dumps(text)[1:-1]
