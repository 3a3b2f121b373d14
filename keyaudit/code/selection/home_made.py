"""Tells by the text whether a file may hold a home-made cipher: XOR with a key that repeats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keyaudit.code.selection.stretches import lines_with

if TYPE_CHECKING:
    from keyaudit.code.semantics.scopes import Module

_NAME = rb"(?i:key|secret|pass|pwd|token|cipher|crypt|seed|salt)"
_XOR = (
    rb"\^[^\n]*(?:%[ \t]*len\(|\bcycle\()|(?:%[ \t]*len\(|\bcycle\()[^\n]*\^"
    rb"|" + _NAME + rb"\w*\)?[ \t]*\^(?!=)|[\w)\]][ \t]*\^[ \t]*[\w.(]*" + _NAME
)
_IN_BYTES = re.compile(_XOR)
_IN_TEXT = re.compile(_XOR.decode())


def may_have_cipher(data: bytes) -> bool:
    """Whether a line has an exclusive or beside a key that repeats, or is called one."""
    return b"^" in data and _IN_BYTES.search(data) is not None


def pieces(module: Module) -> set[int]:
    """The numbers of the pieces of a file that may hold such a cipher."""
    text = module.text
    if not any(_IN_TEXT.search(text, *line) for line in lines_with(text, ("^",))):
        return set()
    return {
        number
        for number, piece in enumerate(module.pieces)
        if _IN_TEXT.search(text, piece.start, piece.end)
    }
