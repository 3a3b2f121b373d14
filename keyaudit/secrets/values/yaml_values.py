"""Reads the values of YAML files by libyaml, as detect-secrets' own reader gives them.

That reader parses YAML in Python, which is many times slower; libyaml gives the same for nearly all
files. Where the reader might refuse a file, read it differently or give other lines, `read_yaml`
says so, and the reader itself is asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import yaml

from keyaudit.core.patterns import regex
from keyaudit.secrets.values.yaml_size import is_bounded_document

_CORE = "tag:yaml.org,2002:"
_TEXT = f"{_CORE}str"
_MERGE = f"{_CORE}merge"
_PLAIN_TAGS = frozenset(f"{_CORE}{name}" for name in ("str", "bool", "null"))
# Other numbers the reader may refuse: `0b_` is one by its form.
_NUMBER = regex(r"[-+]?[0-9]+(?:\.[0-9]+)?")
_NUMBER_TAGS = frozenset({f"{_CORE}int", f"{_CORE}float"})
# For tags of an application the reader knows no type: it refuses the file.
_FOREIGN = regex(r"![^:!]*")
_COMMENT = regex(r"\s+#[\S ]*")  # as detect-secrets has it
# What the reader refuses and libyaml may not; how the reader marks what it has seen.
_UNSURE = regex(r"\t|__line__|(?<!\S)[|>][-+0-9]*#")
# What stands in brackets or braces, where nobody reads it in two ways.
_SIMPLE = regex(
    r"""(?:(?<=[\[{, ])"[^"\\\n]*"|(?<=[\[{, ])'[^'\n]*'|[\w\s,./{}\[\]]|-(?=[\w.-])|:(?=[ /]))*"""
)
# Above this, one of its filters looks at a line no more.
_LONG = 900
# So deep the reader may not get.
_DEEP = 60


class Value(NamedTuple):
    """A text in a mapping: its key, and the line (from 1) of the colon between them."""

    key: str
    text: str
    line: int


class Reading(NamedTuple):
    """The values of a file, aliased ones once.

    `placed`: the reader gives them the same line numbers, and in this order where several share a
    line. `refused`: it does not read the file at all.
    """

    values: list[Value]
    placed: bool
    refused: bool = False


class _UnsureError(Exception):
    """The reader may see something else than is seen here."""


class _RefusedError(Exception):
    """The reader raises an error about this file."""


def read_yaml(lines: Sequence[str]) -> Reading | None:
    """The values that the reader sees in a file of these lines; None where that is not certain."""
    text = "\n".join(lines)
    loader = getattr(yaml, "CSafeLoader", None)
    if loader is None or max(map(len, lines)) > _LONG or _UNSURE.search(text):
        return None
    if yaml.reader.Reader.NON_PRINTABLE.search(text):
        return None
    walk = _Walk(lines)
    try:
        root = loader(text).get_single_node()
        walk.run(root)
    except _RefusedError:
        return Reading([], placed=True, refused=True)
    except (yaml.YAMLError, RecursionError, ValueError, _UnsureError):
        return None
    placed = (
        walk.placed
        and not (walk.merges and walk.shares_lines)
        # It counts lines otherwise where more ends a line for Python than for YAML.
        and len(text.splitlines()) == len(lines) - (not lines[-1])
        and (not walk.aliases or is_bounded_document(root))
    )
    return Reading(walk.values, placed)


def virtual_lines(
    reading: Reading, lines: Sequence[str], tagged: Mapping[int, set[str]]
) -> list[str]:
    """The lines that the reader makes of the values, `key: "value"`, and the comments of the
    tagged lines, which it adds to them. In any order."""
    made = [_line(value) for value in reading.values]
    return made + [comment for number in tagged if (comment := _comment(lines[number - 1]))]


def placed_lines(reading: Reading, lines: Sequence[str]) -> list[str]:
    """The lines that the reader makes of the file, each at its number, of a reading that is
    `placed`."""
    made: list[str] = []
    for value in sorted(reading.values, key=lambda value: value.line):
        made += [""] * (value.line - 1 - len(made))
        made.append(_line(value) + _comment(lines[value.line - 1]))
    return made


def _line(value: Value) -> str:
    return '{}: "{}"'.format(value.key, value.text.replace('"', '\\"'))


def _comment(line: str) -> str:
    found = _COMMENT.search(line.strip())
    return found[0] if found else ""


class _Walk:
    """Goes through the nodes of a document, each once, in the reader's order: in breadth."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.values: list[Value] = []
        self.placed = True
        self.aliases = self.merges = self.shares_lines = False
        self._lines = lines
        self._seen: set[int] = set()
        self._taken: set[int] = set()  # lines that have a value

    def run(self, root: yaml.Node | None) -> None:
        """Notes the values. Raises what says that the reader sees others, or none."""
        queue: deque[tuple[yaml.Node | None, yaml.Node | None, int]] = deque([(None, root, 0)])
        while queue:
            key, node, depth = queue.popleft()
            if node is None or self._was_met(node):
                continue
            if _FOREIGN.fullmatch(node.tag):
                raise _RefusedError
            if depth > _DEEP:
                raise _UnsureError
            if isinstance(node, yaml.MappingNode):
                self._enter(node, f"{_CORE}map")
                self._keys(node)
                queue.extend((name, value, depth + 1) for name, value in node.value)
            elif isinstance(node, yaml.SequenceNode):
                self._enter(node, f"{_CORE}seq")
                queue.extend((None, item, depth + 1) for item in node.value)
            else:
                _check_scalar(node)
                if key is not None and node.tag == _TEXT:
                    self._note(key, node)

    def _enter(self, node: yaml.CollectionNode, tag: str) -> None:
        """In braces a value is placed where all stands in one line, in brackets if it is plain."""
        if node.tag != tag:
            raise _UnsureError
        if node.flow_style and node.value:
            start, end = node.start_mark, node.end_mark
            # Else a pair, `[a: b]`, which may begin where a line ends.
            opened = self._between(start, end).startswith(("{", "["))
            whole = start.line == end.line or tag == f"{_CORE}seq"
            if not (opened and whole and _SIMPLE.fullmatch(self._between(start, end))):
                self.placed = False

    def _between(self, start: yaml.Mark, end: yaml.Mark) -> str:
        lines = list(self._lines[start.line : end.line + 1]) or [""]
        lines[-1] = lines[-1][: end.column]
        lines[0] = lines[0][start.column :]
        return "\n".join(lines)

    def _note(self, key: yaml.Node, value: yaml.Node) -> None:
        """A text; it is placed where its key and the colon stand side by side."""
        at = key.end_mark.line
        line = self._lines[at] if at < len(self._lines) else ""
        if not line[key.end_mark.column :].lstrip(" ").startswith(":"):
            self.placed = False
        self.shares_lines |= at in self._taken
        self._taken.add(at)
        self.values.append(Value(key.value, value.value, at + 1))

    def _keys(self, node: yaml.MappingNode) -> None:
        """Of two equal keys the reader keeps one. What is merged it may see earlier."""
        texts: set[str] = set()
        others = 0
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "__line__":
                raise _UnsureError
            self._was_met(key)
            if key.tag == _MERGE:
                if not isinstance(value, yaml.MappingNode):
                    raise _UnsureError
                self.merges = True
                if value.start_mark.index > key.start_mark.index:  # it stands here: no alias
                    self.placed = False
                continue
            if _FOREIGN.fullmatch(key.tag):
                raise _RefusedError
            _check_scalar(key)
            others += key.tag != _TEXT
            if key.value in texts or others > 1:
                self.placed = False
            texts.add(key.value)

    def _was_met(self, node: yaml.Node) -> bool:
        """Whether this is an alias. A text the reader places where its last alias stands."""
        if id(node) in self._seen:
            self.aliases = True
            if isinstance(node, yaml.ScalarNode):
                self.placed = False
            return True
        self._seen.add(id(node))
        return False


def _check_scalar(node: yaml.Node) -> None:
    if node.tag in _NUMBER_TAGS:
        if not _NUMBER.fullmatch(node.value):
            raise _UnsureError
    elif node.tag not in _PLAIN_TAGS:
        raise _UnsureError
