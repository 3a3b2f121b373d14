"""Splits a Python text at its top-level statements, without parsing it.

To parse costs, and of a large file only a few definitions matter. A piece is one top-level compound
statement with its decorators, or a run of simple ones. Whoever reads the pieces must find what they
would find in the whole: where the scan is not sure (brackets or quotes left open), there is one
piece, the whole text.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyaudit.code.parsing.tokens import QUOTED
from keyaudit.core.patterns import regex

# What says nothing of statements is passed over inside the expression, which is many times as
# fast as to look at every match: plain text, brackets with plain text only, strings, comments.
_MARK = regex(
    r"(?:[^\n\"'#()\[\]{}\\]++|\n(?![^\s\#])|[(\[{][^\"'#()\[\]{}\\]*+[)\]}]"
    rf"|{QUOTED}|\#[^\n]*+|\\(?:\r?\n)?)*+"
    r"(?:(?P<line>\n)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<odd>[\"'])|\Z)"
)
_CLAUSE = regex(r"(?:else|elif|except|finally)\b")
_COMPOUND = regex(r"(?:def|class|async|if|for|while|with|try|match|@)(?!\w)")
_IMPORT = regex(r"(?:import|from)\b")
# CPython's own parser refuses deeper brackets (MAXSTACK/MAXLEVEL 200); libcst's crashes on them.
MAX_DEPTH = 200
MAX_RUN_LINES = 60
# libcst's parser takes quadratic time and stack over long chains of operators.
_LONG = 1500
_LITERAL = regex(rf"{QUOTED}|#[^\n]*+")
_CHAIN = regex(
    r"(?:[ \t]*+(?:\b(?:not|and|or|if|else|lambda)\b|[-+~*/%|&^@.]|\(\))[ \t]*+\w*+){1500}"
)


class TooDeepError(ValueError):
    """The text nests or chains deeper than a parser can be trusted with."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of the text: `kind` is `import`, `simple` or `compound`."""

    start: int
    end: int
    kind: str


def cut(text: str) -> list[Piece]:
    """The pieces of a text in order, which together cover it. Raises TooDeepError."""
    # A chain stands in one line, and few files have a line of that length. What stands in a
    # literal, such as base64, is none.
    if (
        max(map(len, text.split("\n"))) >= _LONG
        and _CHAIN.search(text)
        and _CHAIN.search(_LITERAL.sub('""', text))
    ):
        raise TooDeepError("a chain of more than 1,500 operators")
    starts = _statement_starts(text)
    if starts is None:
        return [Piece(0, len(text), "whole")]
    pieces: list[Piece] = []
    lines = 0
    after_decorator = False
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        if _CLAUSE.match(text, start) and pieces:
            pieces[-1] = Piece(pieces[-1].start, end, pieces[-1].kind)
            continue
        kind = _kind(text, start)
        if after_decorator:
            pieces[-1] = Piece(pieces[-1].start, end, "compound")
        elif kind == "compound" or not pieces or pieces[-1].kind != kind or lines > MAX_RUN_LINES:
            pieces.append(Piece(start if pieces else 0, end, kind))
            lines = 0
        else:
            pieces[-1] = Piece(pieces[-1].start, end, kind)
        lines += text.count("\n", start, end)
        after_decorator = text[start : start + 1] == "@"
    return pieces or [Piece(0, len(text), "simple")]


def _kind(text: str, start: int) -> str:
    if _IMPORT.match(text, start):
        return "import"
    return "compound" if _COMPOUND.match(text, start) else "simple"


def _statement_starts(text: str) -> list[int] | None:
    """Where top-level statements begin; None when quotes or brackets do not add up."""
    starts = [0] if text[:1].strip() and text[:1] != "#" else []
    depth = 0
    for match in _MARK.finditer(text):
        group = match.lastgroup
        if group == "line":
            if depth == 0:
                starts.append(match.end())
        elif group == "open":
            depth += 1
            if depth > MAX_DEPTH:
                raise TooDeepError(f"brackets nested deeper than {MAX_DEPTH}")
        elif group == "close":
            depth -= 1
            if depth < 0:
                return None
        elif group == "odd":
            return None
    return starts if depth == 0 else None
