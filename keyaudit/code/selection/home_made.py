"""Tells by the text whether a file may hold a home-made cipher: XOR with a key that repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.code.selection.stretches import lines_with
from keyaudit.core.patterns import regex

if TYPE_CHECKING:
    from keyaudit.code.semantics.scopes import Module

_NAME = rb"(?i:key|secret|pass|pwd|token|cipher|crypt|seed|salt)"
_XOR = (
    rb"\^[^\n]*(?:%[ \t]*len\(|\bcycle\()|(?:%[ \t]*len\(|\bcycle\()[^\n]*\^"
    rb"|" + _NAME + rb"\w*\)?[ \t]*\^(?!=)|[\w)\]][ \t]*\^[ \t]*[\w.(]*" + _NAME
)
# A key that is gone round and added to the data.
_ADDED = rb"\w*" + _NAME + rb"\w*\[[^\]\n]{0,40}%[ \t]*len\("
_IN_BYTES = regex(_XOR)
_IN_TEXT = regex(_XOR.decode())
_SUM_IN_BYTES = regex(_ADDED)
_SUM_IN_TEXT = regex(_ADDED.decode())


def may_have_cipher(data: bytes) -> bool:
    """Whether a line has an exclusive or beside a key that repeats, or is called one; or a key of
    which one sign after the other is taken."""
    if b"% len(" in data and _SUM_IN_BYTES.search(data) is not None:
        return True
    return b"^" in data and _IN_BYTES.search(data) is not None


def pieces(module: Module) -> set[int]:
    """The numbers of the pieces of a file that may hold such a cipher."""
    text = module.text
    found: set[int] = set()
    for sign, words in (("^", _IN_TEXT), ("% len(", _SUM_IN_TEXT)):
        if any(words.search(text, *line) for line in lines_with(text, (sign,))):
            found |= {
                number
                for number, piece in enumerate(module.pieces)
                if words.search(text, piece.start, piece.end)
            }
    return found
