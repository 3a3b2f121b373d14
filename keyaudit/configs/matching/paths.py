r"""Selects settings of a resource by path: `a.b`, `*` for every entry or item, `**` for any depth.

Lists on the way are searched item by item, so `rotation_policy.automatic` finds the setting in each
block of that name. `\.` stands for a dot within a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from keyaudit.configs.resolving.documents import as_tree
from keyaudit.configs.tree import Choice, Mapping, Node, Scalar, Sequence, Unknown
from keyaudit.core.location import Span

_MOST = 5_000
_DEEPEST = 40


@dataclass(slots=True)
class Found:
    """A value that a path led to, with its key and the place to report it at.

    `path` and `span` are those of the value, or, if it was defined in another file, of the nearest
    value around it in the resource's own file. `sure` is False below a `Choice`: the value may not
    apply. `under` are the keys above it, joined with dots.
    """

    node: Node
    key: str
    path: str
    span: Span
    sure: bool = True
    under: str = ""


@dataclass(slots=True)
class Selection:
    """The values a path led to. `open`: there may be others, which are known only at run time."""

    found: list[Found]
    open: bool = False


@lru_cache(maxsize=4096)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.replace("\\.", ".") for part in _split(path))


def _split(path: str) -> list[str]:
    return [part.replace("\0", "\\.") for part in path.replace("\\.", "\0").split(".")]


@dataclass(slots=True)
class _Below:
    """All mappings of a tree, itself included, in the order in which `**` comes to them, and where
    among them each key stands. `open`: there may be more than could be seen."""

    root: Node
    home: str
    mappings: list[tuple[Found, int]]
    with_key: dict[str, list[int]]
    incomplete: list[int]
    open: bool = False
    all: Selection | None = None


# The tree that was looked at last: all alternatives look at one, one after the other.
_last: list[_Below] = []
_ALL = "**.*"
# A value that holds another twice, which holds another twice, unfolds without end.
_MOST_MAPPINGS = 50_000


def select(root: Node, path: str, home: str) -> Selection:
    """The values that a path leads to from `root`; `home` is the path of the resource's file.

    At most 5,000 values are selected; then the selection is `open`.
    """
    if path == _ALL:
        below = _below(root, home)
        if below.all is None:
            below.all = _select(root, path, home)
        return below.all
    parts = _parts(path)
    if len(parts) > 1 and parts[0] == "**" and isinstance(root, Mapping) and _is_name(parts[1]):
        return _select_below(_below(root, home), parts[1:])
    return _select(root, path, home)


def _is_name(part: str) -> bool:
    return part not in ("*", "**")


def _select(root: Node, path: str, home: str) -> Selection:
    selection = Selection([])
    start = Found(root, "", root.path, root.span)
    _take(_walk(start, _parts(path), home, selection, 0), selection)
    return selection


def _select_below(below: _Below, parts: tuple[str, ...]) -> Selection:
    """What is at `**` and these parts, of which the first is a name: only the mappings that have
    it are gone into."""
    selection = Selection([], below.open)
    found = below.with_key.get(parts[0], ())
    numbers = sorted({*found, *below.incomplete}) if below.incomplete else found
    for number in numbers:
        at, depth = below.mappings[number]
        _take(_walk(at, parts, below.home, selection, depth + 1), selection)
        if len(selection.found) >= _MOST:
            break
    return selection


def _take(walked: Iterator[Found], selection: Selection) -> None:
    for found in walked:
        selection.found.append(found)
        if len(selection.found) >= _MOST:
            selection.open = True
            break


def _below(root: Node, home: str) -> _Below:
    if not _last or _last[0].root is not root or _last[0].home != home:
        made = _Below(root, home, [], {}, [])
        if isinstance(root, Mapping):
            _note(made, Found(root, "", root.path, root.span), root, 0)
        _last[:] = [made]
    return _last[0]


def _note(below: _Below, at: Found, node: Mapping, depth: int) -> None:
    if depth >= _DEEPEST or len(below.mappings) >= _MOST_MAPPINGS:
        below.open = True
        return
    number = len(below.mappings)
    below.mappings.append((at, depth))
    if not node.complete:
        below.incomplete.append(number)
    for key, entry in node.entries.items():
        below.with_key.setdefault(key, []).append(number)
        for deeper in _branches(entry.value):
            _note(below, _inner(at, deeper, entry.key, below.home), deeper, depth + 1)


def _walk(
    at: Found, parts: tuple[str, ...], home: str, selection: Selection, depth: int
) -> Iterator[Found]:
    node = at.node
    if depth > _DEEPEST:
        selection.open = True
        return
    if isinstance(node, Choice) and parts:
        for option in node.options:
            inner = Found(option, at.key, at.path, at.span, sure=False)
            yield from _walk(inner, parts, home, selection, depth + 1)
        return
    if not parts:
        if isinstance(node, Scalar) and node.value is None and not node.hops:
            return  # null: as if it were not there
        yield at
        return
    head, rest = parts[0], parts[1:]
    if isinstance(node, Unknown):
        selection.open = True
        return
    if isinstance(node, Sequence):
        selection.open = selection.open or not node.complete
        index = int(head) if head.lstrip("-").isdigit() else None
        if index is not None:
            if node.complete and -len(node.items) <= index < len(node.items):
                yield from _walk(_inner(at, node.items[index], at.key, home), rest, home,
                                 selection, depth + 1)  # fmt: skip
            return
        # `*` stands for the items; any other name is looked for in each of them.
        onward = rest if head == "*" else parts
        for item in node.items:
            yield from _walk(_inner(at, item, at.key, home), onward, home, selection, depth + 1)
        return
    if isinstance(node, Mapping):
        if head == "**":
            yield from _walk(at, rest, home, selection, depth + 1)
            for entry in node.entries.values():
                for deeper in _branches(entry.value):
                    inner = _inner(at, deeper, entry.key, home)
                    yield from _walk(inner, parts, home, selection, depth + 1)
        elif head == "*":
            selection.open = selection.open or not node.complete
            for entry in node.entries.values():
                inner = _inner(at, entry.value, entry.key, home)
                yield from _walk(inner, rest, home, selection, depth + 1)
        elif head in node.entries:
            entry = node.entries[head]
            inner = _inner(at, entry.value, head, home)
            yield from _walk(inner, rest, home, selection, depth + 1)
        elif not node.complete:
            selection.open = True
        return
    if isinstance(node, Scalar):
        document = as_tree(node)
        if document is not node and document is not None:
            yield from _walk(_inner(at, document, at.key, home), parts, home, selection, depth + 1)
        elif head == "*" and not rest:
            yield at
        elif node.has_holes:
            selection.open = True


def _branches(node: Node) -> Iterator[Mapping]:
    """The mappings of a value, through lists."""
    if isinstance(node, Mapping):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _branches(item)
    elif isinstance(node, Choice):
        for option in node.options:
            yield from _branches(option)


def _inner(at: Found, node: Node, key: str, home: str) -> Found:
    under = at.under if key == at.key else f"{at.under}.{at.key}" if at.key else ""
    here = node.path in ("", home)
    if here and at.path in ("", home):
        return Found(node, key, home, node.span, at.sure, under)
    return Found(node, key, at.path, at.span, at.sure, under)
