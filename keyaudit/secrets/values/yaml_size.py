"""Bounds the size of a YAML text after its aliases are expanded.

detect-secrets walks a document's values without noticing that it has seen one: aliases of aliases
multiply, and an alias inside its own anchor never ends.
"""

from __future__ import annotations

import yaml

from keyaudit.core.patterns import regex

_ANCHOR = regex(r"&([^\s,\[\]{}]+)")
_ALIAS = regex(r"\*([^\s,\[\]{}]+)")
_MOST = 200_000
_LONG_LINE = 2_000
_MOST_SEARCHED = 20_000_000  # characters
_BLANKS = regex(r"\s{1000}")


def is_bounded(text: str) -> bool:
    """Whether following every alias gives a finite and reasonable number of nodes.

    True for what is no YAML, which nobody walks.
    """
    if set(_ANCHOR.findall(text)).isdisjoint(_ALIAS.findall(text)):
        return True
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return True
    return is_bounded_document(root)


def is_crowded(line: str) -> bool:
    """Whether a line has so many values, or blanks in a row, that detect-secrets is long at it:
    for each value of YAML it searches the whole line for a comment."""
    if len(line) <= _LONG_LINE:
        return False
    return line.count(":") * len(line) > _MOST_SEARCHED or _BLANKS.search(line) is not None


def is_bounded_document(root: yaml.Node | None) -> bool:
    """The same as `is_bounded`, for a document that was composed already."""
    return _size(root) <= _MOST


def _size(root: yaml.Node | None) -> float:
    """The number of nodes with aliases followed; infinite when one leads back to itself."""
    sizes: dict[int, float] = {}
    open_nodes: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        children = _children(node)
        if done:
            open_nodes.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
        elif id(node) in open_nodes:
            return float("inf")
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            stack.append((node, True))
            stack += [(child, False) for child in children]
    return sizes[id(root)]


def _children(node: yaml.Node | None) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    return []
