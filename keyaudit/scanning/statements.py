"""Finds the lines of Python statements and comments, for suppression comments."""

from __future__ import annotations

import io
import tokenize
from bisect import bisect_left


class Statements:
    """The statements (logical lines) and comments of a Python text; lines count from 1.

    If the text cannot be tokenized to its end, the rest counts as having neither, so that nothing
    is suppressed there by mistake.
    """

    def __init__(self, text: str) -> None:
        self._edges: dict[int, tuple[int, int]] = {}
        self._comments: dict[int, int] = {}
        code: set[int] = set()
        start = 0
        blank = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.COMMENT:
                    self._comments[token.start[0]] = token.start[1]
                elif token.type == tokenize.NEWLINE:
                    for line in range(start, token.start[0] + 1) if start else ():
                        self._edges.setdefault(line, (start, token.start[0]))
                    start = 0
                elif token.type not in blank and token.type != tokenize.ENDMARKER:
                    start = start or token.start[0]
                    code.update(range(token.start[0], token.end[0] + 1))
        except (tokenize.TokenError, SyntaxError, ValueError):
            pass
        self._code = sorted(code)

    def comment(self, line: int) -> int | None:
        """The column (from 0) where the comment on a line starts; None if there is none."""
        return self._comments.get(line)

    def edges(self, line: int) -> tuple[int, int]:
        """The first and last line of the statement that a line belongs to."""
        return self._edges.get(line, (line, line))

    def next_code(self, line: int) -> int:
        """The first line, from this one on, that is neither blank nor only a comment."""
        at = bisect_left(self._code, line)
        return self._code[at] if at < len(self._code) else line
