"""Values in programs that declare resources, as far as they can be told without running them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from keyaudit.configs.tree import HOLE, Choice, Entry, Hop, Node, Scalar, Unknown, placed
from keyaudit.configs.tree import Mapping as Settings
from keyaudit.configs.tree import Sequence as Items
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex

_DEEPEST = 40
_MOST_VALUES = 50_000
_LONGEST = 20_000
# Calls whose value is what they are given: both say how a secret is handled, and not what it is.
_AS_IT_IS = regex(r"(?:^|\.)(?:Output\.secret|SecretValue\.(?:unsafe_plain_text|plain_text))$")
_DAYS = regex(r"(?:^|\.)Duration\.days$")
# A call that only holds settings: `kms.KeyArgs(…)`, `CfnDistribution.ViewerCertificateProperty(…)`.
_HOLDS = regex(r"(?:Args|Property|Props|Options)$")
_ENUM = regex(r"[A-Z][A-Z0-9_]+$")


def snake_to_pascal(name: str) -> str:
    """`enable_key_rotation` as CloudFormation writes it: `EnableKeyRotation`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


class Values:
    """The values of one program. `nodes` are all nodes of its syntax tree."""

    def __init__(self, nodes: Sequence[ast.AST], text: str, path: str) -> None:
        self._path = path
        self._lines = None if text.isascii() else text.splitlines()
        self._imports = dict(_imports(nodes))
        self._bound = _bound_once(nodes)
        self._open: set[str] = set()  # what is being looked up, against circles
        self._budget = _MOST_VALUES

    def dotted(self, node: ast.expr) -> str:
        """The full dotted name of what is called, by the file's imports; "" if there is none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._imports:
            return ""
        return ".".join((self._imports[node.id], *reversed(parts)))

    def span(self, node: ast.expr | ast.keyword) -> Span:
        """The place of a node."""
        end_line = node.end_lineno or node.lineno
        return Span(
            node.lineno, self._column(node.lineno, node.col_offset),
            end_line, self._column(end_line, node.end_col_offset or node.col_offset),
        )  # fmt: skip

    def settings(self, call: ast.Call, name: Callable[[str], str], depth: int = 0) -> Settings:
        """The keyword arguments of a call; `name` gives each setting's name in the template."""
        found = Settings({}, self.span(call.func), self._path)
        for keyword in call.keywords:
            if keyword.arg is None:
                found.complete = False  # `**settings`
                continue
            key = name(keyword.arg)
            value = self.value(keyword.value, name, depth + 1)
            if keyword.arg == "args" and isinstance(value, Settings):
                found.entries.update(value.entries)
                continue
            found.entries[key] = Entry(key, self.span(keyword), value)
        return found

    def value(self, node: ast.expr, name: Callable[[str], str], depth: int = 0) -> Node:
        """The value of an expression; `name` is as for `settings`."""
        self._budget -= 1
        span = self.span(node)
        if depth > _DEEPEST or self._budget < 0:
            return Unknown(span, self._path)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str | int | float | bool | None):
                return Scalar(node.value, span, self._path, quoted=isinstance(node.value, str))
        elif isinstance(node, ast.List | ast.Tuple):
            items = [self.value(item, name, depth + 1) for item in node.elts]
            return Items(items, span, self._path)
        elif isinstance(node, ast.Dict):
            return self._dict(node, name, depth)
        elif isinstance(node, ast.JoinedStr):
            return self._text(node, name, depth)
        elif isinstance(node, ast.IfExp):
            options = [self.value(one, name, depth + 1) for one in (node.body, node.orelse)]
            return Choice(options, span, self._path)
        elif isinstance(node, ast.Name):
            return self._name(node, name, depth)
        elif isinstance(node, ast.Attribute) and _ENUM.match(node.attr) and self.dotted(node):
            return Scalar(node.attr, span, self._path)
        elif isinstance(node, ast.Call):
            return self._call(node, name, depth)
        return Unknown(span, self._path, refs=frozenset(_names(node)))

    def _dict(self, node: ast.Dict, name: Callable[[str], str], depth: int) -> Node:
        found = Settings({}, self.span(node), self._path)
        for key, item in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                value = self.value(item, name, depth + 1)
                found.entries[key.value] = Entry(key.value, self.span(key), value)
            else:
                found.complete = False
        return found

    def _text(self, node: ast.JoinedStr, name: Callable[[str], str], depth: int) -> Node:
        parts: list[str] = []
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            known = self.value(value, name, depth + 1)
            is_known = isinstance(known, Scalar) and known.value is not None
            parts.append(str(known.value) if is_known and isinstance(known, Scalar) else HOLE)
        span = self.span(node)
        if sum(map(len, parts)) > _LONGEST:
            return Unknown(span, self._path)
        return Scalar("".join(parts), span, self._path, quoted=True)

    def _name(self, node: ast.Name, name: Callable[[str], str], depth: int) -> Node:
        span, bound = self.span(node), self._bound.get(node.id)
        if bound is None or node.id in self._open:
            return Unknown(span, self._path, refs=frozenset({node.id}))
        self._open.add(node.id)
        made = self.value(bound, name, depth + 1)
        self._open.discard(node.id)
        if isinstance(made, Unknown):
            return Unknown(span, self._path, refs=made.refs | {node.id})
        return placed(made, span, self._path, Hop(self._path, made.span, f"bound to `{node.id}`"))

    def _call(self, node: ast.Call, name: Callable[[str], str], depth: int) -> Node:
        called = self.dotted(node.func) or ast.unparse(node.func)[:200]
        if node.args and (_AS_IT_IS.search(called) or _DAYS.search(called)):
            return self.value(node.args[0], name, depth + 1)
        if called.endswith("json.dumps") and node.args:
            return self.value(node.args[0], lambda key: key, depth + 1)
        if _HOLDS.search(called) and not node.args:
            return self.settings(node, name, depth + 1)
        return Unknown(self.span(node), self._path, refs=frozenset(_names(node)))

    def _column(self, line: int, byte: int) -> int:
        """A column in characters, from 1; the syntax tree counts bytes."""
        if self._lines is None or line > len(self._lines):
            return byte + 1
        return len(self._lines[line - 1].encode()[:byte].decode("utf-8", "replace")) + 1


def _imports(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    """Each imported name with the dotted name that it stands for."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _bound_once(nodes: Sequence[ast.AST]) -> dict[str, ast.expr]:
    """What the names are bound to that are bound once in the file, and by nothing but `=`."""
    counts: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            counts[node.id] += 1
        elif isinstance(node, ast.arg):
            counts[node.arg] += 1
    found: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name) and counts[target.id] == 1:
                found[target.id] = node.value
    return found


def _names(node: ast.AST) -> Iterator[str]:
    """The names below a node, at most 50."""
    todo, found = [node], 0
    while todo and found < 50:
        one = todo.pop()
        if isinstance(one, ast.Name):
            found += 1
            yield one.id
        todo += ast.iter_child_nodes(one)
