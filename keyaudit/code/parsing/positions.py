"""Converts positions of `ast` (lines, UTF-8 columns) to character offsets."""

from __future__ import annotations

from typing import Any

from keyaudit.core.patterns import regex

_LINE_END = regex(r"\r\n?|\n")


class Positions:
    """The places in one piece of text, which begins at character `base` of its document."""

    def __init__(self, text: str, base: int) -> None:
        self.text = text
        self._base = base
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._ascii = text.isascii()

    def start(self, node: Any) -> int:
        """Where a node begins, in the document's characters."""
        return self.at(node.lineno, node.col_offset)

    def end(self, node: Any) -> int:
        """Where a node ends, exclusive, in the document's characters."""
        return self.at(node.end_lineno, node.end_col_offset)

    def at(self, line: int, column: int) -> int:
        """The place of a line (from 1) and of a column (from 0, in bytes of UTF-8)."""
        start = self._starts[line - 1]
        if not self._ascii:
            stop = self._starts[line] if line < len(self._starts) else len(self.text)
            piece = self.text[start:stop]
            if not piece.isascii():
                column = len(piece.encode()[:column].decode(errors="ignore"))
        return self._base + start + column

    def word(self, word: str, after: int) -> tuple[int, int]:
        """The place of a word that follows `after`.

        A name that the parser has normalized (PEP 3131) is not found; it is said to be there.
        """
        at = self.text.find(word, after - self._base)
        start = after if at < 0 else self._base + at
        return start, start + len(word)

    def reads(self, place: int, word: str) -> bool:
        """Whether the text at a place begins with a word."""
        return self.text.startswith(word, place - self._base)
