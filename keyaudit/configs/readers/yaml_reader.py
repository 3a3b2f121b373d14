"""Parses YAML, and JSON as a subset of it: all documents of a file, with tags kept.

libyaml composes the nodes; no constructor runs, so a custom tag (`!Ref`, `!vault`) is only a word
beside the value. How much aliases may expand to is limited (`MOST_NODES`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

from keyaudit.configs.readers.faults import DEEPEST, MOST_NODES, ReadError
from keyaudit.configs.tree import Choice, Entry, Mapping, Node, Scalar, Sequence, mappings_of
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
_CORE = "tag:yaml.org,2002:"
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
_INTEGER = regex(r"[-+]?[0-9][0-9_]*")
# What libyaml refuses and editors leave behind.
_BAD_SIGNS = regex("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")


class Tagged(Mapping):
    """A value with a custom tag, as a mapping of one entry: `!Sub x` is `{!Sub: x}`."""

    __slots__ = ()


def read(text: str, path: str = "") -> list[Node]:
    """The documents of a YAML file in order; `path` becomes the `path` of their values.

    A key that stands twice in a mapping gives a `Choice`. Raises ReadError for invalid YAML, and
    for more than `DEEPEST` levels or `MOST_NODES` values.
    """
    cleaned = _BAD_SIGNS.sub(" ", text)
    try:
        try:
            roots = list(_composed(cleaned))
        except yaml.composer.ComposerError as error:
            if "duplicate anchor" not in str(error.context):
                raise
            roots = list(_composed(_anchors_apart(cleaned)))
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise ReadError(f"is no YAML: {error.problem or 'cannot be read'}", line) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ReadError(f"is no YAML: {type(error).__name__}") from None
    except RecursionError:
        raise ReadError("nests too deeply") from None
    walk = _Walk(path)
    return [walk.node(root, 0) for root in roots]


def read_json(text: str, path: str = "") -> Node:
    """One JSON document; `path` becomes the `path` of its values. Raises ReadError.

    JSON that is no YAML (with tabs or very long keys) is parsed by `json` first; places are then
    not those of the file.
    """
    try:
        documents = read(text, path)
    except ReadError:
        try:
            documents = read(json.dumps(json.loads(text)), path)
        except (ValueError, RecursionError) as error:
            raise ReadError("is no JSON", getattr(error, "lineno", None)) from None
    if not documents:
        raise ReadError("is empty")
    return documents[0]


def _composed(text: str) -> Iterator[yaml.Node]:
    loader = _LOADER(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                yield node
    finally:
        loader.dispose()


_ANCHOR = regex(r"(?<![^\s\[{,(])([&*])([\w-]{2,})(?=[\s,\]}]|$)")


def _anchors_apart(text: str) -> str:
    """The text with a name of its own for each anchor: YAML lets a later one take over a name."""
    times: dict[str, int] = {}

    def renamed(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        times[name] = times.get(name, -1) + (sign == "&")
        if times[name] < 1:
            return found[0]
        number = f"{times[name]:x}"
        return sign + name[: len(name) - len(number) - 1] + f"_{number}"[-len(name) :]

    return _ANCHOR.sub(renamed, text)


class _Walk:
    """From libyaml's nodes to the tree. `_count` bounds what aliases unfold to."""

    def __init__(self, path: str) -> None:
        self._count = 0
        self._path = path

    def node(self, node: yaml.Node, depth: int) -> Node:
        self._count += 1
        if depth > DEEPEST:
            raise ReadError("nests too deeply", node.start_mark.line + 1)
        if self._count > MOST_NODES:
            raise ReadError(f"has more than {MOST_NODES:,} values", node.start_mark.line + 1)
        span = _span(node)
        found: Node
        if isinstance(node, yaml.ScalarNode):
            found = _scalar(node, span, self._path)
        elif isinstance(node, yaml.SequenceNode):
            items = [self.node(child, depth + 1) for child in node.value]
            found = Sequence(items, span, self._path)
        elif isinstance(node, yaml.MappingNode):
            found = self._mapping(node, span, depth)
        else:
            raise ReadError("holds what is no YAML node", node.start_mark.line + 1)
        tag = node.tag
        if tag.startswith("!") and tag != "!":
            return Tagged({tag: Entry(tag, span, found)}, span, self._path)
        return found

    def _mapping(self, node: yaml.MappingNode, span: Span, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        merged: list[Mapping] = []
        for key_node, value_node in node.value:
            value = self.node(value_node, depth + 1)
            if key_node.tag == _MERGE or getattr(key_node, "value", None) == "<<":
                merged += mappings_of(value)
                continue
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else HOLE_KEY
            if key in entries:
                # Twice the same key: branches of a template, of which one is written.
                known = entries[key].value
                options = known.options if isinstance(known, Choice) else [known]
                value = Choice([*options[:_MOST_BRANCHES], value], value.span, self._path)
            entries[key] = Entry(key, _span(key_node), value)
        for other in merged:
            for key, entry in other.entries.items():
                entries.setdefault(key, entry)
        return Mapping(entries, span, self._path)


HOLE_KEY = "?"
_MOST_BRANCHES = 50


def _span(node: yaml.Node) -> Span:
    start, end = node.start_mark, node.end_mark
    if isinstance(node, yaml.ScalarNode) or (end.line, end.column) <= (start.line, start.column):
        return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    # A block's end is the beginning of what follows it.
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _scalar(node: yaml.ScalarNode, span: Span, path: str) -> Scalar:
    text = node.value
    if node.style or not node.tag.startswith(_CORE):
        return Scalar(text, span, path, quoted=node.style in ("'", '"'))
    name = node.tag.removeprefix(_CORE)
    value: str | int | float | bool | None = text
    if name == "null":
        value = None
    elif name == "bool":
        value = _BOOLEANS.get(text.lower(), text)
    elif name == "int" and _INTEGER.fullmatch(text) and len(text) < 20:
        # `0123` stays a text: what it means depends on who reads it.
        value = text if len(text) > 1 and text.lstrip("+-").startswith("0") else int(text)
    elif name == "float" and len(text) < 40:
        try:
            value = float(text)
        except ValueError:
            value = text
    return Scalar(value, span, path)
