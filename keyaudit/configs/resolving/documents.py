"""Documents within texts: the JSON or YAML that a setting holds as one string."""

from __future__ import annotations

from dataclasses import replace

from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.yaml_reader import read_json
from keyaudit.configs.tree import Choice, Entry, Mapping, Node, Scalar, Sequence

_LONGEST = 200_000


def as_tree(node: Node | None) -> Node | None:
    """The JSON or YAML in a text as a tree, all of it at the place of the text.

    What is no text, or holds no mapping or list, is given back as it is. Holes in the text become
    holes in the values around them.
    """
    if isinstance(node, Choice):
        options = [as_tree(option) or option for option in node.options]
        return replace(node, options=options)
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    text = node.value.strip()
    if not text.startswith(("{", "[")) or len(text) > _LONGEST:
        return node
    try:
        found = read_json(text)
    except ReadError:
        return node
    return _at(found, node)


def _at(found: Node, whole: Scalar) -> Node:
    """The tree with every value at the place of the text that holds it."""
    span, path, hops = whole.span, whole.path, whole.hops
    if isinstance(found, Mapping):
        entries = {k: Entry(k, span, _at(e.value, whole)) for k, e in found.entries.items()}
        return replace(found, entries=entries, span=span, path=path, hops=hops)
    if isinstance(found, Sequence):
        items = [_at(item, whole) for item in found.items]
        return replace(found, items=items, span=span, path=path, hops=hops)
    if isinstance(found, Choice):
        options = [_at(option, whole) for option in found.options]
        return replace(found, options=options, span=span, path=path, hops=hops)
    return replace(found, span=span, path=path, hops=hops)
