"""JSON documents that a setting contains as one string."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.yaml_reader import read_json
from keyaudit.configs.tree import Choice, Entry, Mapping, Node, Scalar, Sequence
from keyaudit.core.location import Span

_LONGEST = 200_000
# The path of values whose places are those of another text.
_ELSEWHERE = "\0"


def as_tree(node: Node | None) -> Node | None:
    """The JSON document in a text as a tree; any other node is returned as it is.

    The values have places of their own if the text's lines are lines of the file; otherwise all is
    at the place of the text. Holes in the text become holes in the values. Texts of more than
    200,000 characters are not parsed.
    """
    if isinstance(node, Choice):
        options = [as_tree(option) or option for option in node.options]
        return replace(node, options=options)
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    text = node.value.strip()
    if not text.startswith(("{", "[")) or len(text) > _LONGEST:
        return node
    if not node.first_line:
        found = _read(text)
        if found is None:
            return node
        return replace(found, span=node.span, path=node.path, hops=node.hops)
    found = _read(node.value)
    if found is None:
        return node
    return replace(_moved(found, node.first_line - 1, node.path), hops=node.hops)


@lru_cache(maxsize=256)
def _read(text: str) -> Node | None:
    try:
        return read_json(text, _ELSEWHERE)
    except ReadError:
        return None


def _moved(node: Node, lines: int, path: str) -> Node:
    """The same some lines further down, in the file at a path."""
    span = _below(node.span, lines)
    if isinstance(node, Mapping):
        entries = {
            key: Entry(key, _below(entry.key_span, lines), _moved(entry.value, lines, path))
            for key, entry in node.entries.items()
        }
        return replace(node, entries=entries, span=span, path=path)
    if isinstance(node, Sequence):
        items = [_moved(item, lines, path) for item in node.items]
        return replace(node, items=items, span=span, path=path)
    if isinstance(node, Choice):
        options = [_moved(option, lines, path) for option in node.options]
        return replace(node, options=options, span=span, path=path)
    return replace(node, span=span, path=path)


def _below(span: Span, lines: int) -> Span:
    return Span(span.line + lines, span.column, span.end_line + lines, span.end_column)
