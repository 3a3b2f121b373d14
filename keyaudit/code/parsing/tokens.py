"""Gives the nodes of libcst their positions from a token stream.

libcst's PositionProvider regenerates the whole text to learn positions (0.26 MB/s). The leaves
of the tree, met in source order, are the tokens of the text in order, so one regular expression
over the text finds them all for a fraction of that.
"""

from __future__ import annotations

from keyaudit.core.patterns import regex

# Possessive quantifiers: an unterminated string must not be tried in every possible way.
QUOTED = (
    r"\"\"\"(?:[^\\\"]++|\\[\s\S]|\"(?!\"\"))*+\"\"\""
    r"|'''(?:[^\\']++|\\[\s\S]|'(?!''))*+'''"
    r"|\"(?:[^\"\\\n]++|\\[\s\S])*+\"|'(?:[^'\\\n]++|\\[\s\S])*+'"
)
_TOKEN = regex(
    rf"(?P<comment>\#[^\n]*)|(?P<string>[rRbBuUfFtT]{{0,3}}(?:{QUOTED}))|(?P<name>[^\W\d]\w*)"
    r"|(?P<number>(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-])*)|(?P<open>[(\[{])|(?P<close>[)\]}])"
)
_LOOKAHEAD = 400


class Tokens:
    """The tokens of one piece of text, with a cursor that only moves forward."""

    def __init__(self, text: str, base: int) -> None:
        self._words: list[str] = []
        self._starts: list[int] = []
        self._closing: dict[int, int] = {}
        self._base = base
        self._next = 0
        open_brackets: list[int] = []
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup
            if kind == "comment":
                continue
            if kind == "open":
                open_brackets.append(len(self._words))
            elif kind == "close" and open_brackets:
                self._closing[open_brackets.pop()] = len(self._words)
            self._words.append(match.group())
            self._starts.append(match.start())
        self._held: tuple[int, int] | None = None

    def take(self, word: str) -> tuple[int, int]:
        """(start, end) of the next token that reads `word`, in the document's characters."""
        if self._held is not None:
            return self._held
        words = self._words
        at = self._next
        stop = min(len(words), at + _LOOKAHEAD)
        while at < stop and words[at] != word:
            at += 1
        if at == stop:  # only after tokens this scanner reads otherwise than the parser
            at = min(self._next, len(words) - 1)
            if at < 0:
                return self._base, self._base
            return self._place(at)
        self._next = at + 1
        return self._place(at)

    def _place(self, at: int) -> tuple[int, int]:
        start = self._base + self._starts[at]
        return start, start + len(self._words[at])

    def enter(self, bracket: str) -> tuple[int, int]:
        """Moves past the next `bracket`; gives its place and the token number of its partner."""
        if self._held is not None:
            return self._held[0], -1
        start, _ = self.take(bracket)
        return start, self._closing.get(self._next - 1, -1)

    def leave(self, partner: int) -> int:
        """Moves past the closing bracket of that number; gives the place after it."""
        if self._held is not None:
            return self._held[1]
        if partner >= 0:
            self._next = max(self._next, partner + 1)
        return self._place(max(0, self._next - 1))[1] if self._words else self._base

    def hold(self, place: tuple[int, int] | None) -> tuple[int, int] | None:
        """Gives every token this position until it is called again (inside an f-string)."""
        before, self._held = self._held, place
        return before

    def take_string(self) -> tuple[int, int]:
        """The place of the next string token, whatever it reads."""
        if self._held is not None:
            return self._held
        for at in range(self._next, min(len(self._words), self._next + _LOOKAHEAD)):
            if self._words[at][-1] in "\"'":
                self._next = at + 1
                return self._place(at)
        return self._place(max(0, min(self._next, len(self._words) - 1)))
