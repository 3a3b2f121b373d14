"""Indexes the words of a file by piece, without parsing it."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from keyaudit.code.parsing.pieces import Piece
from keyaudit.core.patterns import regex

_IDENTIFIER = regex(r"[^\W\d]\w*")
_ASCII_IDENTIFIER = regex(r"[^\W\d]\w*", re.ASCII)  # twice as fast
# What may stand between a name and the bracket by which it is called.
_OPENS = regex(r"(?:\s|\\|#[^\n]*)*+\(")
_LONG = 50_000  # characters
_DEFINED = ("def ", "class ")


class Words:
    """Every identifier in the pieces of a text, comments and strings included."""

    def __init__(self, text: str, pieces: Sequence[Piece]) -> None:
        self._text = text
        self._pieces = pieces
        identifier = _ASCII_IDENTIFIER if text.isascii() else _IDENTIFIER
        self._of = [frozenset(identifier.findall(text, p.start, p.end)) for p in pieces]
        self._numbers: dict[str, list[int]] = {}
        for number, words in enumerate(self._of):
            for word in words:
                self._numbers.setdefault(word, []).append(number)
        self.all: Set[str] = self._numbers.keys()

    def of(self, number: int) -> frozenset[str]:
        """The words of one piece."""
        return self._of[number]

    def pieces(self, word: str) -> Sequence[int]:
        """The numbers of the pieces in which a word stands, in order."""
        return self._numbers.get(word, ())

    def pieces_with(self, words: Set[str]) -> list[int]:
        """The numbers of the pieces in which one of these words stands, in order."""
        numbers = self._numbers
        return sorted({number for word in words & numbers.keys() for number in numbers[word]})

    def pieces_calling(self, words: Set[str]) -> list[int]:
        """The numbers of the pieces, in order, in which a name that ends with one of these words
        may be called."""
        return [
            number
            for number in self.pieces_with(words)
            if any(self.is_called(word, number) for word in words & self._of[number])
        ]

    def is_called(self, word: str, number: int) -> bool:
        """Whether a bracket follows a word of a piece, other than where it is defined. True for
        a long piece, which would have to be searched from end to end."""
        text, piece = self._text, self._pieces[number]
        if piece.end - piece.start > _LONG:
            return True
        at = text.find(word, piece.start, piece.end)
        while at >= 0:
            after = at + len(word)
            if _OPENS.match(text, after, piece.end):
                before = text[max(piece.start, at - len("class ")) : at]
                inside = before[-1:] == "_" or before[-1:].isalnum()
                if not inside and not before.endswith(_DEFINED):
                    return True
            at = text.find(word, after, piece.end)
        return False
