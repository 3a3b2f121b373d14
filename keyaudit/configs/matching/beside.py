"""Settings that stand beside one of the same thing: `GRAPHITE_URL` and `GRAPHITE_PASSWORD`."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.configs.matching.names import is_secret
from keyaudit.configs.matching.paths import Found, select
from keyaudit.configs.tree import Mapping, Node, Scalar, Sequence
from keyaudit.core.patterns import regex

# What the end of a name says of where something is.
_PLACE = regex(
    r"(?i)[-_.]?(?:(?:api|base|server|service|host|web)[-_]?)?"
    r"(?:urls?|uri|hosts?|endpoint|server|address|addr|api|domain)$"
)
_FEWEST = 2  # letters that name a thing


def with_secret_beside(found: Found, root: Node, home: str) -> bool:
    """Whether the mapping that a setting is in gives a secret to the same thing.

    Names that say only where (`url`) are of the thing that the mapping is about.
    """
    stem = _PLACE.sub("", found.key)
    if stem == found.key or (stem and len(stem) < _FEWEST):
        return False
    above = found.under.strip(".")
    holders = [one.node for one in select(root, above, home).found] if above else [root]
    if not holders:  # keys on the way have dots in them: `output.elasticsearch`
        holders = list(_holding(root, found.key))
    return any(_gives_secret(one, stem.lower()) for holder in holders for one in _each(holder))


def _holding(root: Node, key: str) -> Iterator[Node]:
    """The mappings that have such a key, with dots in a key above it."""
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, dotted = waiting.pop()
        if isinstance(node, Mapping):
            if dotted and key in node.entries:
                yield node
            waiting += [(e.value, dotted or "." in k) for k, e in node.entries.items()]
        elif isinstance(node, Sequence):
            waiting += [(item, dotted) for item in node.items]


def _gives_secret(holder: Node, stem: str) -> bool:
    if not isinstance(holder, Mapping):
        return False
    for key, entry in holder.entries.items():
        if key.lower().startswith(stem) and is_secret(key) and _is_given(entry.value):
            return not key.lower().endswith(("file", "path"))
    return False


def _is_given(node: Node) -> bool:
    """Whether a setting has a value, or one that a run gives it."""
    return any(not isinstance(one, Scalar) or one.value not in (None, "") for one in _each(node))


def _each(node: Node) -> Iterator[Node]:
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _each(item)
    else:
        yield node
