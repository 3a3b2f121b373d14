"""Replaces Go and Jinja template actions in YAML by fillers, so that the rest can be parsed.

Each `{{ … }}` is replaced by as many `HOLE` characters as it is long, so lines and columns stay.
Control actions (`if`, `end`) and lines of nothing but actions are replaced by spaces. Where such a
line inserts text, the mapping or list around it may have entries that cannot be seen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from keyaudit.configs.tree import HOLE, Choice, Mapping, Node, Scalar, Sequence, Unknown
from keyaudit.core.patterns import regex

_OPENS = regex(r"\{\{|\{%|\{#|<%")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>"}
_COMMENT = regex(r"\{\{-?\s{0,8}/\*")
_CONTROL = regex(
    r"(?:\{\{-?\s*(?:/\*|if\b|else\b|end\b|range\b|with\b|define\b|block\b|template\b|\$\w+\s*:?="
    r"|break\b|continue\b|fail\b|required\b)|\{%|\{#)"
)


def is_template(text: str) -> bool:
    """Whether a text contains `{{`, `{%` or `<%`, as templates of Go, Jinja and ERB do."""
    return "{{" in text or "{%" in text or "<%" in text


def blanked(text: str) -> tuple[str, frozenset[int]]:
    """The text without its template actions, of the same length, and a set of line numbers.

    These are the lines (from 1) where an action inserts entries that cannot be seen.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    signs = list(text)
    inserted: set[int] = set()
    actions = list(_actions(text))
    visible = [sum(not sign.isspace() for sign in line) for line in lines]
    told = [0] * len(lines)  # of these, how many stand in actions
    for begin, end in actions:
        for at in range(begin, end):
            if not text[at].isspace():
                told[_line(starts, at)] += 1
    number = 0
    for begin, end in actions:
        while starts[number + 1] <= begin:
            number += 1
        last = number
        while starts[last + 1] < end:
            last += 1
        alone = told[number] == visible[number] and told[last] == visible[last]
        control = _CONTROL.match(text, begin) is not None
        fill = " " if alone or control else HOLE
        for at in range(begin, end):
            if signs[at] != "\n":
                signs[at] = fill
        if alone and not control:
            inserted.add(number + 1)
    filled = "".join(signs).split("\n")
    inserted |= _blank_blocks(filled)
    return "\n".join(filled), frozenset(inserted)


_FILLED = regex(rf"(\s*(?:- +)?[^\s:#]+:) *{HOLE}[{HOLE} ]*$")


def _blank_blocks(lines: list[str]) -> set[int]:
    """Blanks each action after `key:` that puts more lines in, as those below it show.

    Gives their numbers.

    `labels: {{ include "labels" . | nindent 4 }}` with entries of its own on the next line.
    """
    found: set[int] = set()
    for number, line in enumerate(lines):
        filled = _FILLED.fullmatch(line) if HOLE in line else None
        if filled is None:
            continue
        below = next((other for other in lines[number + 1 : number + 40] if other.strip()), "")
        depth = len(line) - len(line.lstrip())
        inside = len(below) - len(below.lstrip())
        if inside > depth or (inside == depth and below.lstrip().startswith("- ")
                              and not line.lstrip().startswith("- ")):  # fmt: skip
            lines[number] = filled[1].ljust(len(line))
            found.add(number + 1)
    return found


def _actions(text: str) -> Iterator[tuple[int, int]]:
    """Where actions begin and end; one that does not end is none, nor is what follows it."""
    at = 0
    while (found := _OPENS.search(text, at)) is not None:
        is_comment = _COMMENT.match(text, found.start()) is not None
        end = "*/" if is_comment else _ENDS[found[0]]
        at = text.find(end, found.end())
        if is_comment and at >= 0:
            at = text.find("}}", at)
        if at < 0:
            return
        at += 2
        yield found.start(), at


# What a template puts in: `{{ a.b | filter }}`, of which `b` is the name. `{{ x | hash }}` is no x.
_PUT_IN = regex(r"\{\{-?\s*\(*[\"']?\.?((?:[\w-]+(?:\[[\w'\".-]*\])?\.)*[\w-]+)\s*([^{}]*)\}\}")
_HARMLESS = regex(r"\|\s*(?:hash|password_hash|sha\d*sum|md5|length|bool|b64decode \| hash)\b"
                       r"|\bis\s|==|!=")  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Of a result of Ansible's, its name tells what it is.
_RESULTS = _words("""
    stdout stderr content value result results data output json text
""")


def _name(path: str) -> str:
    parts = re.sub(r"\[[^\]]*\]", "", path).split(".")
    while len(parts) > 1 and parts[-1] in _RESULTS:
        parts.pop()
    return parts[-1]


def put_in(text: str) -> frozenset[str]:
    """The names of the variables that a template puts into a text as they are."""
    found = _PUT_IN.finditer(text)
    return frozenset(_name(m[1]) for m in found if not _HARMLESS.search(m[2]))


def name_holes(node: Node, lines: list[str]) -> None:
    """Sets `names` of each scalar at or below `node` that a template puts variables into.

    `lines` is the original text. Variables of which only a hash, a length or the like is inserted
    do not count.
    """
    if isinstance(node, Scalar):
        # In quotes, a template's text may be left as it is.
        if node.has_holes or (isinstance(node.value, str) and "{{" in node.value):
            span = node.span
            own = lines[span.line - 1 : span.end_line]
            if own and span.line == span.end_line:
                own = [own[0][span.column - 1 : span.end_column - 1]]
            node.names = put_in("\n".join(own))
    elif isinstance(node, Mapping):
        for entry in node.entries.values():
            name_holes(entry.value, lines)
    elif isinstance(node, Sequence):
        for item in node.items:
            name_holes(item, lines)
    elif isinstance(node, Choice):
        for option in node.options:
            name_holes(option, lines)


def _line(starts: list[int], at: int) -> int:
    return bisect_right(starts, at) - 1


def mark_incomplete(node: Node, lines: frozenset[int]) -> None:
    """Marks each mapping and list around one of the lines as incomplete (`complete` is False).

    `lines` (from 1) are those that `blanked` returned. A key without a value on, or up to two lines
    above, such a line gets an `Unknown` value.
    """
    if not lines or not isinstance(node, (Mapping, Sequence, Choice)):
        return
    inside = frozenset(n for n in lines if node.span.line - 1 <= n <= node.span.end_line + 1)
    if not inside:
        return
    if isinstance(node, Choice):
        for option in node.options:
            mark_incomplete(option, inside)
        return
    node.complete = False
    if isinstance(node, Sequence):
        for item in node.items:
            mark_incomplete(item, inside)
        return
    for entry in node.entries.values():
        is_empty = isinstance(entry.value, Scalar) and entry.value.value is None
        at = entry.key_span.line
        if is_empty and inside & {at, at + 1, at + 2}:
            entry.value = Unknown(entry.key_span)
        else:
            mark_incomplete(entry.value, inside)
