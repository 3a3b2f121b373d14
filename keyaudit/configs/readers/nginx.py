"""Parses nginx configuration: directives with arguments, and blocks of directives.

A directive becomes an entry whose value is the list of its occurrences, each the list of its
arguments; a block becomes a mapping under its directive's name, with its own arguments under
`$arguments`. `http { ssl_protocols A; }` is `{http: [{$arguments: [], ssl_protocols: [[A]]}]}`.
"""

from __future__ import annotations

import re

from keyaudit.configs.readers.faults import DEEPEST, ReadError
from keyaudit.configs.tree import HOLE, Entry, Mapping, Node, Scalar, Sequence
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

ARGUMENTS = "$arguments"
_TOKEN = regex(
    r"""(?P<space>\s+)|(?P<comment>\#[^\n]*)|(?P<sign>[{};])
    |(?P<double>"(?:\\.|[^"\\])*")|(?P<single>'(?:\\.|[^'\\])*')
    |(?P<word>(?:\$\{[^}\s]*\}|\\.|[^\s{};\\"']|(?<=\S)["'])+)""",
    re.VERBOSE | re.DOTALL,
)
_VARIABLE = regex(r"\$\w+|\$\{\w*\}")


def read(text: str) -> Mapping:
    """The directives of a file.

    Raises ReadError for unbalanced braces or quotes, or if blocks nest deeper than `DEEPEST`.
    """
    starts = _line_starts(text)
    root = Mapping({}, Span(1, 1, 1, 1))
    stack = [root]
    words: list[tuple[str, Span]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ReadError("has a quote that does not end", _line(starts, at))
        at = token.end()
        kind = token.lastgroup
        if kind in ("space", "comment"):
            continue
        span = _span(starts, token.start(), token.end())
        if kind == "sign":
            if token[0] == "}":
                if len(stack) == 1:
                    raise ReadError("has a brace that nothing opened", span.line)
                stack.pop()
            elif token[0] == "{":
                if len(stack) > DEEPEST:
                    raise ReadError("nests too deeply", span.line)
                inner = Mapping({}, words[0][1] if words else span)
                if words:
                    inner.entries[ARGUMENTS] = Entry(ARGUMENTS, span, _arguments(words[1:], span))
                    _add(stack[-1], words[0], inner)
                stack.append(inner)
            elif words:
                _add(stack[-1], words[0], _arguments(words[1:], words[0][1]))
            words = []
        elif kind == "word":
            words.append((re.sub(r"\\(.)", r"\1", token[0]), span))
        else:
            words.append((re.sub(r"\\(.)", r"\1", token[0][1:-1]), span))
    if len(stack) > 1:
        raise ReadError("has a brace that does not end", stack[-1].span.line)
    return root


def _add(owner: Mapping, head: tuple[str, Span], value: Node) -> None:
    name, span = head
    known = owner.get(name)
    if isinstance(known, Sequence):
        known.items.append(value)
    else:
        owner.entries[name] = Entry(name, span, Sequence([value], span))


def _arguments(words: list[tuple[str, Span]], span: Span) -> Sequence:
    items: list[Node] = [Scalar(_VARIABLE.sub(HOLE, word), at) for word, at in words]
    if words:
        first, last = words[0][1], words[-1][1]
        span = Span(first.line, first.column, last.end_line, last.end_column)
    return Sequence(items, span)


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _line(starts: list[int], at: int) -> int:
    return _span(starts, at, at).line


def _span(starts: list[int], begin: int, end: int) -> Span:
    from bisect import bisect_right

    first, last = bisect_right(starts, begin), bisect_right(starts, end)
    return Span(first, begin - starts[first - 1] + 1, last, end - starts[last - 1] + 1)
