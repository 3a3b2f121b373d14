"""Splits a line of any language into tokens: literals, words and operators, and tells which
brackets enclose them.

No language is parsed. Brackets, commas and quotes mean the same in nearly all of them, and that is
all that is asked: which literal stands in which argument of which call, and what is left of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from keyaudit.core.patterns import regex

_TOKEN = regex(
    r"""(?P<text>(?:\b[rbufRBUF]{1,2})?(?:"(?P<double>(?:[^"\\]|\\.)*)"|(?<!\w)'(?P<single>(?:[^'\\]|\\.)*)'
    |(?<=\b[rbuRBUfF])'(?P<prefixed>(?:[^'\\]|\\.)*)'|`(?P<tick>(?:[^`\\]|\\.)*)`))
    |(?P<word>[$@%]?[A-Za-z_][\w$]*(?:(?:-|\.|->|::|\?\.)[A-Za-z_][\w$]*)*!?|\$(?=\())
    |(?P<sign>=>|:=|===?|!==?|->|\|\||&&|\?\?|[=:,;?+(){}\[\]<>])""",
    re.VERBOSE,
)
# A letter by its number, as JSON and most languages have it, or as it is.
_ESCAPE = regex(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_OPENERS = {")": "(", "]": "[", "}": "{"}
_TRIPLE = regex(r"\"{3}|'{3}")


class Kind(Enum):
    """What a token is."""

    TEXT = "text"
    WORD = "word"
    SIGN = "sign"


class Token(NamedTuple):
    """`text` is a literal's body as it is written, or the word or sign itself.

    `start` and `end` (from 0) are the columns of that text.
    """

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """A literal's text without its backslashes, and with the letters that are numbers there."""
        return _ESCAPE.sub(_escaped, self.text) if "\\" in self.text else self.text


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


@dataclass(frozen=True, slots=True)
class TokenizedLine:
    """The tokens of a line. By the index of a token: `opener` is the index of the bracket around
    it (-1: none), `begin` that of the first token after the comma, semicolon or bracket before
    it, and `closed` leads from a closing bracket to its opening one."""

    tokens: list[Token] = field(default_factory=list)
    opener: list[int] = field(default_factory=list)
    begin: list[int] = field(default_factory=list)
    closed: dict[int, int] = field(default_factory=dict)


def tokenize_line(text: str) -> TokenizedLine:
    """The tokens of a text, which may have several lines. Takes time in proportion to the text."""
    if _TRIPLE.search(text):  # one quote as good as three, and the columns stay
        text = _TRIPLE.sub(lambda quotes: f"{quotes[0][0]}  "[::-1], text)
    line = TokenizedLine()
    opened: list[int] = []
    begins = [0]
    for match in _TOKEN.finditer(text):
        place = len(line.tokens)
        kind, sign = match.lastgroup, ""
        if kind == "word":
            token = Token(Kind.WORD, match[0], match.start(), match.end())
        elif kind == "sign":
            sign = match[0]
            token = Token(Kind.SIGN, sign, match.start(), match.end())
        else:
            end = match.end() - 1  # a quote, as there is one before the body
            start = text.index(text[end], match.start()) + 1
            token = Token(Kind.TEXT, text[start:end], start, end)
        if opened and line.tokens[opened[-1]].text == _OPENERS.get(sign):
            line.closed[place] = opened.pop()
            begins.pop()
        line.tokens.append(token)
        line.opener.append(opened[-1] if opened else -1)
        line.begin.append(begins[-1])
        if sign in ("(", "[", "{"):
            opened.append(place)
            begins.append(place + 1)
        elif sign in (",", ";"):
            begins[-1] = place + 1
    return line
