"""Rewrites the syntax that only Python 2 has into what a parser of today reads, in as many
characters, so that every place stays what it was.

`print x, y` becomes `print=x, y`, which no program says, and is read as a call again
(`Old.calls`); `except Error, e:` loses its name, and `raise Error, text` becomes
`raise Error< text`: both are given back from where they stood. What changed is told in
"What's New In Python 3.0".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from keyaudit.code.parsing.tokens import QUOTED
from keyaudit.core.patterns import regex

_LITERAL = regex(rf"\#[^\n]*|(?P<prefix>\b[A-Za-z]{{1,2}})?(?:{QUOTED})")
_STATEMENT = r"(?:^[ \t]*|[:;][ \t]*)"
_PRINT = regex(
    rf"{_STATEMENT}(?P<word>print|exec)(?P<space>[ \t])"
    r"(?![ \t]*(?:[-+*/%|&^@]?=(?!=)|\(|>>))",
    re.MULTILINE,
)
_EXCEPT = regex(
    r"^[ \t]*(?P<word>except)\b[ \t]*(?:\([^()]*\)|[\w.]+)[ \t]*(?P<name>,[ \t]*[a-z_]\w*)[ \t]*:",
    re.MULTILINE,
)
_RAISE = regex(rf"{_STATEMENT}(?P<word>raise)[ \t]+[\w.]+[ \t]*(?P<comma>,)", re.MULTILINE)
# The traceback that goes with an error.
_TRACE = regex(r",[ \t]*(?:[\w.]+(?:\(\))?\[2\]|\w*(?:tb|trace\w*)|None)[ \t]*$", re.MULTILINE)
_LONG = regex(r"(?<![\w.])(?:0[xX][0-9a-fA-F]+|\d+)(?P<suffix>[lL])(?!\w)")
_OCTAL = regex(r"(?<![\w.])0[0-7]+(?![\w.])")
_LAMBDA = regex(r"\blambda[ \t]*(?P<tuple>\([\w, \t]+\))[ \t]*:")
_DEF = regex(r"^[ \t]*def[ \t]+\w+[ \t]*(?=\()", re.MULTILINE)
_TUPLE = regex(r"(?<=[(, \t])\([\w, \t]+\)(?=[ \t]*[,):=])")
_PLAIN = "\1"  # what a text is filled with while its places are looked for
_MOST = 2000  # characters of parameters


@dataclass(slots=True)
class Old:
    """A text of Python 2 as one of Python 3, as long. The rest are places in its document:
    statements that are calls, `raise` of an error and its argument, and the names that handlers
    give their errors, by place of the `except`."""

    text: str
    calls: set[int] = field(default_factory=set)
    raised: set[int] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)


def rewritten(text: str, base: int) -> Old | None:
    """The text, which begins at character `base` of its document, in the syntax of Python 3; None
    where it has nothing of the syntax that only Python 2 had."""
    signs = list(text)
    plain = _without_literals(text, signs)
    old = Old(text)
    for found in _PRINT.finditer(plain):
        old.calls.add(base + found.start("word"))
        signs[found.start("space")] = "="
    for found in _EXCEPT.finditer(plain):
        old.names[base + found.start("word")] = found["name"].lstrip(", \t")
        _blank(signs, *found.span("name"))
    for found in _RAISE.finditer(plain):
        old.raised.add(base + found.start("word"))
        signs[found.start("comma")] = "<"
        line_end = plain.find("\n", found.end())
        trace = _TRACE.search(plain, found.end(), line_end if line_end >= 0 else len(plain))
        if trace is not None:
            _blank(signs, *trace.span())
    for found in _LONG.finditer(plain):
        _blank(signs, *found.span("suffix"))
    for found in _OCTAL.finditer(plain):
        value = str(int(found[0], 8)).rjust(len(found[0]))
        signs[found.start() : found.end()] = value
    for start, end in _unpacking(plain):
        signs[start] = signs[end - 1] = " "
    _replace_signs(plain, signs)
    old.text = "".join(signs)
    return old if old.text != text else None


def _without_literals(text: str, signs: list[str]) -> str:
    """The text with all strings and comments filled with one character; of the strings, `ur"…"`
    is made `r"…"` in `signs`."""
    parts: list[str] = []
    last = 0
    for found in _LITERAL.finditer(text):
        if (found["prefix"] or "").lower() == "ur":
            signs[found.start()] = " "
        parts += (text[last : found.start()], re.sub(r"[^\n]", _PLAIN, found[0]))
        last = found.end()
    return "".join((*parts, text[last:]))


def _unpacking(plain: str) -> Iterator[tuple[int, int]]:
    """The places of parameters that are a tuple: `def f(a, (b, c))`, `lambda (k, v): …`."""
    for found in _LAMBDA.finditer(plain):
        yield found.span("tuple")
    for head in _DEF.finditer(plain):
        depth, end = 0, head.end()
        for end in range(head.end(), min(len(plain), head.end() + _MOST)):
            depth += {"(": 1, ")": -1}.get(plain[end], 0)
            if depth == 0:
                break
        for found in _TUPLE.finditer(plain, head.end() + 1, end + 1):
            yield found.span()


def _replace_signs(plain: str, signs: list[str]) -> None:
    """Makes `a <> b` and the backticks of a `repr` what they are today."""
    for number, mark in enumerate(re.finditer("`", plain)):
        signs[mark.start()] = ")" if number % 2 else "("
    for unequal in re.finditer("<>", plain):
        signs[unequal.start() : unequal.end()] = "!="


def _blank(signs: list[str], start: int, end: int) -> None:
    signs[start:end] = " " * (end - start)
