"""The engine that needs no native package: the same patterns through `re`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyaudit.triage.lines import line_numbers

# How an expression begins, when it begins with letters of its own: `ghp_[A-Za-z0-9]{36}`.
_LITERAL = re.compile(rb"[A-Za-z0-9_-]{3,}(?![?*{+|])")
_CLASS = re.compile(rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class PythonEngine:
    """Scans with one compiled `re` pattern an expression."""

    def __init__(self, expressions: Sequence[bytes]) -> None:
        self._patterns = [
            (_literal(expression), re.compile(expression, re.MULTILINE))
            for expression in expressions
        ]

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The numbers of the expressions that match, each with the sorted numbers of its lines."""
        found = {}
        for number, (literal, pattern) in enumerate(self._patterns):
            # To look for bytes takes a fraction of the time that an expression does.
            if literal not in data:
                continue
            if lines := line_numbers(data, (match.start() for match in pattern.finditer(data))):
                found[number] = lines
        return found


def _literal(expression: bytes) -> bytes:
    """Bytes that stand in every match, as far as they are easy to tell; b"" for none."""
    found = _LITERAL.match(expression)
    depth = 0
    for character in _CLASS.sub(b"", expression).decode("latin-1"):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            return b""
    return found[0] if found else b""
