"""Cuts a very long line, as minified files have them, into parts to look at like lines."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.core.patterns import regex

_SHARED = 1_000  # characters that a part has in common with the next one: more than any secret
# Where a pair or an argument may begin, so that a part seldom begins within quotes.
_BEGINNING = regex(r"[,;{(\[&]\s{0,4}(?=[\"']?[A-Za-z_-])")


def parts_of(line: str, longest: int) -> Iterator[str]:
    """The line itself if it has at most `longest` characters, else its parts of so many in order.

    `longest` is over 1,000: so many characters, or half of that, a part shares with the next one,
    so that no secret is cut in two in both.
    """
    at = 0
    while len(line) - at > longest:
        yield line[at : at + longest]
        at += longest - _SHARED
        begins = _BEGINNING.search(line, at, at + _SHARED // 2)
        at = begins.end() if begins else at
    yield line[at:]
