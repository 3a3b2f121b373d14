"""Tells by the text whether a file may hold a home-made cipher: XOR with a repeating key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyaudit.code.semantics.scopes import Module

_XOR = rb"\^[^\n]*(?:%[ \t]*len\(|\bcycle\()|(?:%[ \t]*len\(|\bcycle\()[^\n]*\^"
_IN_BYTES = re.compile(_XOR)
_IN_TEXT = re.compile(_XOR.decode())


def may_have_cipher(data: bytes) -> bool:
    """Whether a line has an exclusive or beside a key that repeats."""
    return b"^" in data and _IN_BYTES.search(data) is not None


def pieces(module: Module) -> set[int]:
    """The numbers of the pieces of a file that may hold such a cipher."""
    if "^" not in module.text or not {"len", "cycle"} & module.words.all:
        return set()
    found: set[int] = set()
    for number in module.words.pieces_with(frozenset({"len", "cycle"})):
        piece = module.pieces[number]
        if _IN_TEXT.search(module.text, piece.start, piece.end):
            found.add(number)
    return found
