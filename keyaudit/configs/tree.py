"""The tree that every reader makes: mappings, lists and scalars, each with its place.

A value that is known only at run time is `Unknown`, or a `Scalar` with holes in its text; no rule
fires on either. Resolving a name replaces the reference by the value, with a `Hop` for each name
on the way, so that a finding can tell where the value was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from keyaudit.core.location import Span

# Stands in a text for what is put in at run time.
HOLE = "\ue000"
NOWHERE = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Hop:
    """A name that a value came through: the file and place of its definition, in words."""

    path: str
    span: Span
    text: str


@dataclass(slots=True)
class Scalar:
    """A text, number, truth value or None.

    `quoted`: it was written as a text, so `"0123"` is no number. `first_line` is the line of the
    file that the text begins with, where its lines are those of the file; else 0. `names` are those
    of the variables that a template puts into it.
    """

    value: str | int | float | bool | None
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    refs: frozenset[str] = frozenset()
    quoted: bool = False
    first_line: int = 0
    names: frozenset[str] = frozenset()

    @property
    def has_holes(self) -> bool:
        """Whether a part of the text is known at run time only."""
        return isinstance(self.value, str) and HOLE in self.value


@dataclass(slots=True)
class Entry:
    """A key with its place, and its value."""

    key: str
    key_span: Span
    value: Node


@dataclass(slots=True)
class Mapping:
    """`complete` is False where there may be more entries than are seen."""

    entries: dict[str, Entry]
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    complete: bool = True

    def get(self, key: str) -> Node | None:
        """The value of a key; None without it."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value


@dataclass(slots=True)
class Sequence:
    """`complete` is False where there may be more items than are seen, or none of them."""

    items: list[Node]
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    complete: bool = True


@dataclass(slots=True)
class Choice:
    """One of these, and nobody knows which."""

    options: list[Node]
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()


@dataclass(slots=True)
class Unknown:
    """Known at run time only. `refs` name the resources that it is made of."""

    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    refs: frozenset[str] = field(default_factory=frozenset)


Node = Scalar | Mapping | Sequence | Choice | Unknown


@dataclass(slots=True)
class Resource:
    """One thing that a document configures.

    `kind` is its type in the words of its `form` (`aws_kms_key`, `AWS::KMS::Key`, `Secret`), `name`
    what others refer to it by, `span` the place of its head. `body` holds its settings.
    """

    form: str
    kind: str
    name: str
    span: Span
    path: str
    body: Mapping
    title: str = ""


def text_of(node: Node | None) -> str | None:
    """The text of a scalar that is wholly known; None for everything else."""
    if isinstance(node, Scalar) and not node.has_holes and node.value is not None:
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        return str(node.value)
    return None


def refs_of(node: Node | None) -> frozenset[str]:
    """The resources that a value is made of, at any depth."""
    if isinstance(node, (Unknown, Scalar)):
        return node.refs
    found: frozenset[str] = frozenset()
    for child in children(node):
        found |= refs_of(child)
    return found


def children(node: Node | None) -> Iterator[Node]:
    """The values right below a node."""
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            yield entry.value
    elif isinstance(node, Sequence):
        yield from node.items
    elif isinstance(node, Choice):
        yield from node.options


def mappings_of(node: Node | None) -> list[Mapping]:
    """A mapping alone, or those among the items of a sequence; none of anything else."""
    if isinstance(node, Mapping):
        return [node]
    if isinstance(node, Sequence):
        return [item for item in node.items if isinstance(item, Mapping)]
    return []


def placed(node: Node, span: Span, path: str, hop: Hop) -> Node:
    """The same value as it is seen at a place that names it: there, with one hop more."""
    return replace(node, span=span, path=path, hops=(hop, *node.hops))


def plain(node: Node | None) -> object:
    """A value as plain data; what is unknown becomes a `HOLE`."""
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Scalar):
        return node.value
    return HOLE
