"""Where syntax nodes of tree-sitter stand in a text."""

from __future__ import annotations

import tree_sitter

from keyaudit.core.location import Span


class Places:
    """Spans of syntax nodes, whose columns count bytes."""

    def __init__(self, data: bytes) -> None:
        self._lines = None if data.isascii() else data.split(b"\n")

    def span(self, first: tree_sitter.Node, last: tree_sitter.Node | None = None) -> Span:
        """From the beginning of a node to the end of another, or of the same."""
        start, end = first.start_point, (last or first).end_point
        return Span(start[0] + 1, self._column(*start) + 1, end[0] + 1, self._column(*end) + 1)

    def _column(self, line: int, byte: int) -> int:
        if self._lines is None:
            return byte
        return len(self._lines[line][:byte].decode("utf-8", "replace"))
