"""Where a name is given a value: assigned, passed by that name, or an entry of a dict.

What plays a role by its name plays it only there. Most of the words `password` and `verify` of a
file stand in its messages, are read, or called.
"""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.code.parsing.pieces import Piece
from keyaudit.core.patterns import regex

# What stands after the name: `x =`, `x += `, `x: int =`, `d["x"] =`, `{"x": …}`, `set("x", …)`.
_GIVEN = regex(r"[\"']?\]?[ \t]*(?:(?:[-+*/%&|^@]|//|\*\*|<<|>>)?=(?!=)|[:,])")


def is_given(text: str, piece: Piece, names: Iterable[str]) -> bool:
    """Whether one of the names may be given a value in a piece of a text. That it is a part of a
    comment or a string is not ruled out."""
    return any(_is_given(text, piece, name) for name in names)


def _is_given(text: str, piece: Piece, name: str) -> bool:
    at = text.find(name, piece.start, piece.end)
    while at >= 0:
        after = at + len(name)
        before = text[at - 1] if at else ""
        if not (before == "_" or before.isalnum()) and _GIVEN.match(text, after, piece.end):
            return True
        at = text.find(name, after, piece.end)
    return False
