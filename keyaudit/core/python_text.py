"""Finds the strings and comments of a Python source without parsing it."""

from __future__ import annotations

import re
from bisect import bisect_right

from keyaudit.core.patterns import regex

_START = regex(r"#[^\n]*|(?P<prefix>[A-Za-z]{0,2})(?P<quote>\"{3}|'{3}|[\"'])")
_FORMATTED = frozenset({"f", "t", "fr", "rf", "tr", "rt"})
_IN_TEXT = {
    quote: regex(rf"(?:[^\\{quote[0]}\n]|\\(?s:.)|(?!{quote}){quote[0]}|{end})*+")
    for quote, end in (('"', r"(?!)"), ("'", r"(?!)"), ('"""', r"\n"), ("'''", r"\n"))
}
_DEEPEST = 20


class _BrokenError(ValueError):
    """A string is not terminated."""


class PythonText:
    """The positions of the strings (with their quotes) and comments of a text.

    `is_consistent` is False where a string is not terminated.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans: list[tuple[int, int]] = []
        try:
            self._read()
            self.is_consistent = True
        except _BrokenError:
            self.is_consistent = False
        self._starts = [start for start, _ in self._spans]

    def code(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The stretches of code between two offsets, as offsets relative to `start`, the end
        exclusive.

        Empty where the text is not consistent, since what looks like code may then be in a string.
        """
        if not self.is_consistent:
            return ()
        found: list[tuple[int, int]] = []
        at = start
        index = max(0, bisect_right(self._starts, start) - 1)
        for first, last in self._spans[index:]:
            if first >= end:
                break
            if last <= at:
                continue
            if first > at:
                found.append((at - start, first - start))
            at = max(at, last)
        if at < end:
            found.append((at - start, end - start))
        return tuple(found)

    def _read(self) -> None:
        at = 0
        while found := _START.search(self._text, at):
            if found["quote"] is None:
                self._spans.append(found.span())
                at = found.end()
            else:
                at = self._string(found, 0)

    def _string(self, found: re.Match[str], depth: int) -> int:
        """Record a string, in parts where it contains code; returns the offset of its end."""
        prefix, quote = found["prefix"].lower(), found["quote"]
        start = found.start("quote")
        if prefix in _FORMATTED:
            return self._formatted(start, found.end(), quote, depth)
        body = _IN_TEXT[quote].match(self._text, found.end())
        assert body is not None
        end = body.end()
        if not self._text.startswith(quote, end):
            raise _BrokenError
        self._spans.append((start, end + len(quote)))
        return end + len(quote)

    def _formatted(self, start: int, at: int, quote: str, depth: int) -> int:
        """Record the text parts of an f-string; returns the offset of its end."""
        if depth > _DEEPEST:
            raise _BrokenError
        text, size = self._text, len(self._text)
        first = start
        while at < size:
            char = text[at]
            if text.startswith(quote, at):
                self._spans.append((first, at + len(quote)))
                return at + len(quote)
            if char == "\n" and len(quote) == 1:
                break
            if char == "\\":
                at += 2
            elif char == "{" and not text.startswith("{{", at):
                self._spans.append((first, at + 1))
                at = first = self._expression(at + 1, quote, depth)
            else:
                at += 2 if text.startswith(("{{", "}}"), at) else 1
        raise _BrokenError

    def _expression(self, at: int, quote: str, depth: int) -> int:
        """Skip the expression in braces; returns the offset of the closing brace."""
        text, size = self._text, len(self._text)
        brackets = 0
        while at < size:
            char = text[at]
            if char in "([{":
                brackets += 1
            elif char in ")]":
                brackets -= 1
            elif char == "}":
                if not brackets:
                    return at
                brackets -= 1
            elif char == ":" and not brackets:
                return self._format(at + 1, quote, depth)
            elif char in "\"'" or char == "#":
                found = _START.match(text, at)
                # Before Python 3.12 the quote of the string itself cannot stand here.
                if found is None or found["quote"] is None:
                    raise _BrokenError
                at = self._string(found, depth + 1)
                continue
            at += 1
        raise _BrokenError

    def _format(self, at: int, quote: str, depth: int) -> int:
        """Record a format specification, which may contain braces; returns the offset of the
        closing brace."""
        text, size = self._text, len(self._text)
        first = at
        while at < size and not text.startswith(quote, at):
            if text[at] == "}":
                self._spans.append((first, at))
                return at
            if text[at] == "{":
                if depth > _DEEPEST:
                    break
                self._spans.append((first, at))
                at = first = self._expression(at + 1, quote, depth + 1) + 1
            else:
                at += 1
        raise _BrokenError
