"""The engine without native packages: matches the same patterns with `re`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyaudit.core.patterns import regex
from keyaudit.triage.lines import line_numbers

# A class, a repetition, an escaped sign; what else is one character.
_PART = regex(
    rb"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<repeat>[?*+]|\{\d*,?\d*\})|\\(?P<sign>[^A-Za-z0-9])"
    rb"|(?P<other>\\.|[()|.^$])|(?P<plain>.)",
    re.DOTALL,
)
_LEAST = 3


class PythonEngine:
    """Scans with one compiled `re` pattern for each expression."""

    def __init__(self, expressions: Sequence[bytes]) -> None:
        self._patterns = [
            (_literal(expression), re.compile(expression, re.MULTILINE))
            for expression in expressions
        ]

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The indices of the expressions that match, each with the sorted line numbers (from 1)."""
        found = {}
        for number, (literal, pattern) in enumerate(self._patterns):
            # To look for bytes takes a fraction of the time that an expression does.
            if literal not in data:
                continue
            if lines := line_numbers(data, (match.start() for match in pattern.finditer(data))):
                found[number] = lines
        return found


def _literal(expression: bytes) -> bytes:
    """The longest run of bytes that every match contains; b"" where none is easily found."""
    if expression.startswith(b"(?i)"):
        return b""
    runs = [b""]
    depth = 0
    for part in _PART.finditer(expression):
        letter = part["sign"] or part["plain"]
        if letter and depth == 0:
            runs[-1] += letter
            continue
        if part["repeat"] and depth == 0:
            runs[-1] = runs[-1][:-1]
        depth += (part["other"] == b"(") - (part["other"] == b")")
        if part["other"] == b"|" and depth == 0:
            return b""
        runs.append(b"")
    longest = max(runs, key=len)
    return longest if len(longest) >= _LEAST else b""
