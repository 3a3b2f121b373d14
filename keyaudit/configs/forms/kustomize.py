"""Patches written in a `kustomization.yaml`: the parts of objects that they set.

What a patch does not name, it leaves as it is: the resources made of it are never complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.configs.forms.embedded import moved
from keyaudit.configs.readers.faults import ReadError
from keyaudit.configs.readers.yaml_reader import read
from keyaudit.configs.tree import (
    Choice,
    Entry,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    put,
    text_of,
)

FORM = "kubernetes"
_DEEPEST = 30
_PLAIN = frozenset({"Secret", "ConfigMap"})
_SETS = frozenset({"add", "replace"})


def patches(document: Node, text: str, path: str) -> Iterator[Resource]:
    """The objects that the patches of a kustomization set parts of, with places in its file.

    Strategic merge patches and JSON patches (RFC 6902) are read where they stand in a block of
    lines; the object of the latter is the one that `target` names. `text` is the whole file.
    """
    if not isinstance(document, Mapping):
        return
    lines = re.split(r"\r\n|\r|\n", text)
    for section in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        listed = document.get(section)
        for item in listed.items if isinstance(listed, Sequence) else ():
            target = item.get("target") if isinstance(item, Mapping) else None
            given = item.get("patch") if isinstance(item, Mapping) else item
            for inner in _read(given, lines):
                yield from _objects(inner, target, path)


def _read(given: Node | None, lines: list[str]) -> Iterator[Node]:
    """The documents of a patch that is a block of lines, moved to their places in the file."""
    if not isinstance(given, Scalar) or not isinstance(given.value, str):
        return
    begin = given.span.line
    if not 0 < begin <= len(lines) or lines[begin - 1].rstrip()[-1:] not in "|>+-123456789":
        return
    first = next((line for line in lines[begin : given.span.end_line] if line.strip()), "")
    try:
        documents = read(given.value)
    except ReadError:
        return
    for document in documents:
        yield moved(document, begin, len(first) - len(first.lstrip()))


def _objects(patch: Node, target: Node | None, path: str) -> Iterator[Resource]:
    if isinstance(patch, Sequence):
        kind = text_of(target.get("kind")) if isinstance(target, Mapping) else None
        body = _of_operations(patch, path) if kind else None
        span = patch.span
    else:
        kind = text_of(patch.get("kind")) if isinstance(patch, Mapping) else None
        body = patch if isinstance(patch, Mapping) else None
        span = patch.span if body is None or kind is None else body.entries["kind"].value.span
    if kind and body is not None:
        _open(body, 0)
        # Of these, what a patch writes down is judged by itself, whatever else the object has.
        body.complete = kind in _PLAIN
        yield Resource(FORM, kind, f"{kind}/", span, path, body, f"a patch of {kind}")


def _of_operations(patch: Sequence, path: str) -> Mapping:
    """What the operations of a JSON patch set, as the object has it."""
    root = Mapping({}, patch.span, path)
    for item in patch.items:
        if not isinstance(item, Mapping) or text_of(item.get("op")) not in _SETS:
            continue
        value = item.entries.get("value")
        names = (text_of(item.get("path")) or "").split("/")[1:]
        if value is None or not names or len(names) > _DEEPEST:
            continue
        keys = [name.replace("~1", "/").replace("~0", "~") for name in names]
        put(root, keys, Entry(keys[-1], value.key_span, value.value))
    return root


def _open(node: Node, depth: int) -> None:
    """Marks each mapping and list as one that may have more than is seen."""
    if depth > _DEEPEST:
        return
    if isinstance(node, (Mapping, Sequence)):
        node.complete = False
    if isinstance(node, Mapping):
        for entry in node.entries.values():
            _open(entry.value, depth + 1)
    elif isinstance(node, Sequence):
        for item in node.items:
            _open(item, depth + 1)
    elif isinstance(node, Choice):
        for option in node.options:
            _open(option, depth + 1)
