"""The engine that needs no native package: the same patterns through `re`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keyaudit.triage.lines import line_numbers


class PythonEngine:
    """Scans with one compiled `re` pattern an expression."""

    def __init__(self, expressions: Sequence[bytes]) -> None:
        self._patterns = [re.compile(expression, re.MULTILINE) for expression in expressions]

    def scan(self, data: bytes) -> list[list[int]]:
        """For each expression the sorted line numbers it matches in."""
        return [
            line_numbers(data, (match.start() for match in pattern.finditer(data)))
            for pattern in self._patterns
        ]
