"""Parses a YAML file to plain data that knows its line numbers.

It is a subset of YAML, read with the safe loader: texts, numbers, true, false, null, lists and
mappings, and a limited number of aliases. Unlike YAML 1.1, `on`, `off`, `yes` and `no` are text,
keys are always text, and a key may occur only once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from keyaudit.core.errors import KeyauditError
from keyaudit.core.patterns import regex

_MAX_DEPTH = 40
_MAX_NODES = 50_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = regex(r"[-+]?[0-9][0-9_]{0,30}")
_PREFIXED = regex(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = regex(r"[-+]?(?:[0-9][0-9_]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp", "value")
)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The data of a file with the YAML nodes it was made of; `label` names the file in errors."""

    label: str
    data: Any
    root: Any

    def line(self, path: Path) -> int:
        """The line (from 1) of the key or item at a path, or of its deepest existing part."""
        node = self.root
        line = node.start_mark.line + 1
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            mark, node = found
            line = mark.start_mark.line + 1
        return int(line)

    def error(self, what: str, path: Path, hint: str | None = None) -> KeyauditError:
        """A KeyauditError, not raised, that names the file, the line and the key at a path."""
        key = dotted(path)
        return KeyauditError(
            f"{key}: {what}" if key else what, where=f"{self.label}:{self.line(path)}", hint=hint
        )


def dotted(path: Path) -> str:
    """A path in readable form, items counted from 1: `match.argument.role`, `examples[2].bad`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def parse(label: str, data: bytes) -> Source:
    """Parses a file. Raises KeyauditError with file and line if it is not in this subset."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise KeyauditError("is no UTF-8 text", where=f"{label}:{line}") from None
    try:
        _check_depth(label, text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problem = error.problem or error.context or "cannot be read"
        raise KeyauditError(f"is no valid YAML: {problem}", where=f"{label}:{line}") from None
    except yaml.YAMLError as error:
        first = str(error).split("\n", 1)[0]
        raise KeyauditError(f"is no valid YAML: {first}", where=f"{label}:1") from None
    if root is None:
        raise KeyauditError("is empty", where=f"{label}:1")
    return Source(label, _Reader(label).read(root, 0), root)


def _check_depth(label: str, text: str) -> None:
    """Refuses deep nesting before anything recurses into it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise KeyauditError("is nested too deeply", where=f"{label}:{line}")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Reader:
    """Nodes to plain data. What an alias repeats is counted each time, against blow-up."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._nodes = 0

    def read(self, node: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise self._error("is too large, or repeats itself without end", node)
        if node.tag not in _PLAIN_TAGS:
            if node.tag == "tag:yaml.org,2002:merge":
                raise self._error("`<<` is not understood here; give the whole mapping", node)
            raise self._error(f"the tag {node.tag} is not allowed", node)
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else _plain(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, depth + 1) for item in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._error("a key must be text", key)
            if key.tag == "tag:yaml.org,2002:merge" and not key.style:
                raise self._error("`<<` is not understood here; give the whole mapping", key)
            if key.value in found:
                raise self._error(f"the key `{key.value}` stands twice", key)
            found[key.value] = self.read(value, depth + 1)
        return found

    def _error(self, what: str, node: Any) -> KeyauditError:
        return KeyauditError(what, where=f"{self._label}:{node.start_mark.line + 1}")


def _plain(text: str) -> Any:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    return text


def _child(node: Any, part: str | int) -> tuple[Any, Any] | None:
    """The node that marks the place of a part, and the node of its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None
