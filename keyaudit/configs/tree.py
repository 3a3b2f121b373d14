"""The tree that all readers produce: mappings, lists and scalars, each with its place in a file.

A value known only at run time is `Unknown`, or a `Scalar` with holes in its text; rules do not
report such values. Resolving a reference replaces it by the value it stands for, with one `Hop` for
each name on the way, so that a finding can show where the value was written.
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
    """One step in resolving a value: file and place of a definition, and words that describe it."""

    path: str
    span: Span
    text: str


@dataclass(slots=True)
class Scalar:
    """A text, number, boolean or null.

    `hops` are the definitions it came through, the outermost first; `refs` are the resources it
    refers to. `quoted`: it was written as a text, so `"0123"` is no number. `first_line` is the
    line (from 1) of the file on which the text begins, if its lines are lines of the file; else 0.
    `names` are the variables that a template puts into it.
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
        """Whether part of the text is known only at run time."""
        return isinstance(self.value, str) and HOLE in self.value


@dataclass(slots=True)
class Entry:
    """One entry of a mapping: the key, its place, and the value."""

    key: str
    key_span: Span
    value: Node


@dataclass(slots=True)
class Mapping:
    """Keys and values; `complete` is False if there may be entries that were not seen."""

    entries: dict[str, Entry]
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    complete: bool = True

    def get(self, key: str) -> Node | None:
        """The value of a key, or None if there is no such key."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value


@dataclass(slots=True)
class Sequence:
    """A list; `complete` is False if its items may differ from those seen."""

    items: list[Node]
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    complete: bool = True


@dataclass(slots=True)
class Choice:
    """A value that is one of several, where it is not known which."""

    options: list[Node]
    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()


@dataclass(slots=True)
class Unknown:
    """A value known only at run time. `refs` are the resources it refers to."""

    span: Span
    path: str = ""
    hops: tuple[Hop, ...] = ()
    refs: frozenset[str] = field(default_factory=frozenset)


Node = Scalar | Mapping | Sequence | Choice | Unknown


@dataclass(slots=True)
class Resource:
    """One resource that a document declares: a cloud resource, an object, a command, a whole file.

    `form` is the format, `kind` the type in that format's terms (`aws_kms_key`, `AWS::KMS::Key`,
    `Secret`), `name` what other resources refer to it by, `title` its name in messages, `span` the
    place of its head. `body` holds its settings. `made_by` is the dotted name of what declares it
    in a program, or "".
    """

    form: str
    kind: str
    name: str
    span: Span
    path: str
    body: Mapping
    title: str = ""
    made_by: str = ""


def text_of(node: Node | None) -> str | None:
    """The text of a scalar that is fully known; None for null, holes and all other values.

    Booleans give `true` or `false`.
    """
    if isinstance(node, Scalar) and not node.has_holes and node.value is not None:
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        return str(node.value)
    return None


def refs_of(node: Node | None) -> frozenset[str]:
    """The names of the resources that a value refers to, at any depth."""
    if isinstance(node, (Unknown, Scalar)):
        return node.refs
    found: frozenset[str] = frozenset()
    for child in children(node):
        found |= refs_of(child)
    return found


def children(node: Node | None) -> Iterator[Node]:
    """The values directly below a node; none for scalars and unknown values."""
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            yield entry.value
    elif isinstance(node, Sequence):
        yield from node.items
    elif isinstance(node, Choice):
        yield from node.options


def mappings_of(node: Node | None) -> list[Mapping]:
    """A mapping as a list of one, or the mappings among a list's items; else an empty list."""
    if isinstance(node, Mapping):
        return [node]
    if isinstance(node, Sequence):
        return [item for item in node.items if isinstance(item, Mapping)]
    return []


def put(root: Mapping, names: list[str], entry: Entry) -> None:
    """Puts an entry where a path of names leads to, with mappings on the way where none are."""
    here = root
    for name in names[:-1]:
        inner = here.get(name)
        if not isinstance(inner, Mapping):
            inner = Mapping({}, entry.key_span, root.path)
            here.entries[name] = Entry(name, entry.key_span, inner)
        here = inner
    here.entries[names[-1]] = entry


def placed(node: Node, span: Span, path: str, hop: Hop) -> Node:
    """A copy of the value at the place that refers to it, with `hop` put before its hops."""
    return replace(node, span=span, path=path, hops=(hop, *node.hops))


def plain(node: Node | None) -> object:
    """The value as plain dicts, lists and scalars; unknown values and choices become `HOLE`."""
    if isinstance(node, Mapping):
        return {key: plain(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Scalar):
        return node.value
    return HOLE
