"""Writes a line of Python on several lines, as Black and Ruff do where one would be too long.

A line is broken at the last pair of brackets that leaves a beginning which fits; what stands
between them goes on a line of its own, or on one for each part.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from keyaudit.fixes.python_file import SPACES

_OPENING, _CLOSING = "([{", ")]}"
# What joins the parts of an expression, the loosest first.
_JOINS = (("and", "or"), ("==", "!="), ("+", "-"))


class _Token(NamedTuple):
    type: int
    text: str
    start: int
    end: int
    depth: int


def wrapped(line: str, unit: str, width: int) -> list[str] | None:
    """The lines in place of `line`, none longer than `width` columns where that can be; None where
    there is nothing to break, as in a line that stands inside of a text.

    `unit` is one level of indentation.
    """
    code = line.lstrip(" \t")
    indent = line[: len(line) - len(code)]
    return _broken(indent, code, unit, width)


def _broken(indent: str, code: str, unit: str, width: int) -> list[str] | None:
    tokens = _tokens(code)
    if not tokens or len(tokens) < 2:
        return None
    if tokens[-1].type == tokenize.COMMENT and len(indent) + tokens[-2].end <= width:
        return None  # only what is said beside it is too long
    around = _in_parentheses(tokens, code)
    if around is not None:
        code = around
        tokens = _tokens(code) or tokens
    for opening, closing in _pairs(tokens):
        head, tail = code[: opening.end], code[closing.start :]
        body = code[opening.end : closing.start].strip()
        comment = tail.find("  #")
        said = tail if comment < 0 else tail[:comment]
        if not body or len(indent) + max(len(head), len(said)) > width:
            continue
        before = code[opening.start - 1 : opening.start]
        follows = before.isalnum() or before in tuple("_)]")
        if opening.text == "[" and follows and len(_tokens(body) or ()) == 1:
            continue  # an item or index of what stands before
        is_call = opening.text == "(" and follows
        inside = _inside(f"{indent}{unit}", body, unit, width, is_call=is_call)
        return [f"{indent}{head}", *inside, f"{indent}{tail}"]
    return None


def _inside(indent: str, body: str, unit: str, width: int, *, is_call: bool) -> list[str]:
    """The lines of what stands between two brackets."""
    if len(indent) + len(body) <= width:
        return [indent + body]
    parts = _parts(body, is_call=is_call)
    found: list[str] = []
    for part in parts:
        if len(indent) + len(part) <= width:
            found.append(indent + part)
            continue
        joined = _joined(part) if len(parts) > 1 else [part]
        for one in joined:
            is_long = len(indent) + len(one) > width
            found += (_broken(indent, one, unit, width) if is_long else None) or [indent + one]
    return found


def _parts(body: str, *, is_call: bool) -> list[str]:
    """What stands between two brackets in parts: each argument or item with its comma, else what
    `and` and `or` join, else the clauses of a comprehension, else the summands."""
    tokens = [one for one in _tokens(body) or () if one.depth == 0]
    words = {one.text for one in tokens}
    if "lambda" in words:
        return [body]  # whose commas and words they are is not known
    if "," in words:
        ends = [one.end for one in tokens if one.text == ","]
        parts = _cut(body, ends)
        is_open = any(part.startswith("*") for part in parts) and not is_call
        last = parts[-1]
        return parts if last.endswith(",") or is_open else [*parts[:-1], f"{last},"]
    if words & {"if", "for"}:
        return _cut(body, [one.start for one in tokens if one.text in ("if", "for", "else")])
    return _joined(body)


def _joined(text: str) -> list[str]:
    """The operands of an expression, each with the operator before it."""
    tokens = [one for one in _tokens(text) or () if one.depth == 0]
    for signs in _JOINS:
        starts = [
            one.start
            for before, one in pairwise(tokens)
            if one.text in signs and (before.type != tokenize.OP or before.text in _CLOSING)
        ]
        if starts:
            return _cut(text, starts)
    return [text]


def _cut(text: str, places: Sequence[int]) -> list[str]:
    edges = [0, *places, len(text)]
    parts = [text[a:b].strip() for a, b in pairwise(edges)]
    return [part for part in parts if part]


def _in_parentheses(tokens: Sequence[_Token], code: str) -> str | None:
    """The line with parentheses around what it returns, assigns or asks, where that is joined by
    several `and` or `or`, ends in a comparison, or is a choice; else None."""
    own = [one for one in tokens if one.depth == 0]
    logic, comparisons, _ = _JOINS
    last_bracket = max((one.end for one in own if one.text in _CLOSING), default=0)
    compares = any(one.text in comparisons and one.start >= last_bracket for one in own)
    joins = [one for one in own if one.text in logic]
    words = {one.text for one in own[1:]}
    is_choice = {"if", "else"} <= words
    if len(joins) < 2 and (joins or not compares) and not is_choice:
        return None
    if words & {"lambda", "for", ","} or ("if" in words and not is_choice):
        return None
    last = tokens[-1]
    if last.type == tokenize.COMMENT:
        last = tokens[-2]
    if own[0].text in ("if", "elif", "while") and last.text == ":":
        start, end = own[1].start, last.start
    elif own[0].text == "return":
        start, end = own[1].start, last.end
    else:
        equals = [one for one in own if one.text == "="]
        is_statement = not keyword.iskeyword(own[0].text)
        if len(equals) != 1 or not is_statement or own.index(equals[0]) + 1 >= len(own):
            return None
        start, end = own[own.index(equals[0]) + 1].start, last.end
    return f"{code[:start]}({code[start:end].rstrip()}){code[end:]}"


def _pairs(tokens: Sequence[_Token]) -> list[tuple[_Token, _Token]]:
    """The outermost pairs of brackets, the last first."""
    found: list[tuple[_Token, _Token]] = []
    opening: _Token | None = None
    for one in tokens:
        if one.type != tokenize.OP or one.depth != 0:
            continue
        if one.text in _OPENING:
            opening = one
        elif one.text in _CLOSING and opening is not None:
            found.append((opening, one))
    return found[::-1]


def _tokens(code: str) -> list[_Token] | None:
    """The tokens of a line; None where brackets in it are closed elsewhere, or a text is."""
    found: list[_Token] = []
    depth = 0
    # Where f-strings begin, whose parts are tokens of their own from Python 3.12 on.
    texts: list[int] = []
    starts, ends = _kinds("FSTRING_START", "TSTRING_START"), _kinds("FSTRING_END", "TSTRING_END")
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            (_, start), (row, end) = token.start, token.end
            if token.type in SPACES:
                continue
            if row != 1 or token.type == tokenize.ERRORTOKEN:
                return None
            if token.type in starts:
                texts.append(start)
                continue
            if token.type in ends:
                begin = texts.pop()
                if not texts:
                    found.append(_Token(tokenize.STRING, code[begin:end], begin, end, depth))
                continue
            if texts:
                continue
            if token.type == tokenize.OP and token.string in _CLOSING:
                depth -= 1
                if depth < 0:
                    return None
            found.append(_Token(token.type, token.string, start, end, depth))
            if token.type == tokenize.OP and token.string in _OPENING:
                depth += 1
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return None
    return found if depth == 0 else None


def _kinds(*names: str) -> tuple[int, ...]:
    return tuple(getattr(tokenize, name) for name in names if hasattr(tokenize, name))
