"""Turns positions of tree-sitter nodes, which count bytes, into spans, which count characters."""

from __future__ import annotations

import tree_sitter

from keyaudit.core.location import Span


class Places:
    """Gives the spans of the syntax nodes of one file; `data` is its content."""

    def __init__(self, data: bytes) -> None:
        self._lines = None if data.isascii() else data.split(b"\n")

    def span(self, first: tree_sitter.Node, last: tree_sitter.Node | None = None) -> Span:
        """The span from the start of `first` to the end of `last`, by default of `first`."""
        start, end = first.start_point, (last or first).end_point
        return Span(start[0] + 1, self._column(*start) + 1, end[0] + 1, self._column(*end) + 1)

    def _column(self, line: int, byte: int) -> int:
        if self._lines is None:
            return byte
        return len(self._lines[line][:byte].decode("utf-8", "replace"))
