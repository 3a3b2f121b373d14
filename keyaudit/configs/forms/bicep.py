"""Bicep: resources and parameters, as the ARM template has them that a Bicep file is turned into.

Parameters' defaults and variables are resolved; what functions give is unknown. tree-sitter parses
what it can of a broken file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import tree_sitter
import tree_sitter_bicep

from keyaudit.configs.readers.places import Places
from keyaudit.configs.tree import (
    HOLE,
    Choice,
    Entry,
    Hop,
    Mapping,
    Node,
    Resource,
    Scalar,
    Sequence,
    Unknown,
    placed,
    text_of,
)

FORM = "arm"
_DEEPEST = 40
_MOST_VALUES = 50_000
_LONGEST = 20_000
_CONSTANTS = {"true": True, "false": False, "null": None}
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\'": "'", "\\\\": "\\", "\\$": "$"}


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))


def resources(text: str, path: str) -> Iterator[Resource]:
    """The resources of a Bicep file, its parameters (kind `Parameter`) and outputs (`Output`).

    A nested resource's kind begins with that of the resource around it. What already exists, and
    is only named, is none.
    """
    data = text.encode("utf-8", "surrogatepass")
    tree = _parser().parse(data)
    yield from _File(path, Places(data)).resources(tree.root_node)


class _File:
    def __init__(self, path: str, places: Places) -> None:
        self._path = path
        self._places = places
        self._names: dict[str, tuple[str, tree_sitter.Node]] = {}
        self._open: set[str] = set()  # what is being resolved, against circles
        self._budget = _MOST_VALUES

    def resources(self, root: tree_sitter.Node) -> Iterator[Resource]:
        secure = False
        parameters: list[tuple[tree_sitter.Node, bool]] = []
        for node in root.named_children:
            if node.type == "decorators":
                secure = _is_secure(node)
                continue
            if node.type in ("parameter_declaration", "variable_declaration"):
                value = node.named_children[-1]
                words = "the default of parameter" if node.type[0] == "p" else "assigned to"
                if value.type not in ("type", "identifier") or _has_value(node):
                    self._names[_text(node.named_children[0])] = (words, value)
                if node.type[0] == "p":
                    parameters.append((node, secure))
            secure = False
        for node, is_secure in parameters:
            yield self._parameter(node, is_secure)
        for node in root.named_children:
            if node.type == "resource_declaration":
                yield from self._resource(node, "", 0)
            elif node.type == "output_declaration" and len(node.named_children) > 1:
                yield self._output(node)

    def _output(self, node: tree_sitter.Node) -> Resource:
        """An output, whose `value` is the expression as it is written."""
        name, value = _text(node.named_children[0]), node.named_children[-1]
        span = self._places.span(value)
        entries = {"value": Entry("value", span, Scalar(_text(value), span, self._path))}
        return Resource(FORM, "Output", f"output.{name}", span, self._path,
                        Mapping(entries, span, self._path), f"output `{name}`")  # fmt: skip

    def _parameter(self, node: tree_sitter.Node, secure: bool) -> Resource:
        name = _text(node.named_children[0])
        kind = next((_text(c) for c in node.named_children[1:] if c.type == "type"), "string")
        span = self._places.span(node.named_children[0])
        if secure:
            kind = "secureobject" if kind == "object" else "securestring"
        entries = {"type": Entry("type", span, Scalar(kind, span, self._path))}
        known = self._names.get(name)
        if known is not None:
            entries["defaultValue"] = Entry("defaultValue", span, self._value(known[1], 0))
        body = Mapping(entries, span, self._path)
        return Resource(FORM, "Parameter", f"parameter.{name}", span, self._path, body,
                        f"parameter `{name}`")  # fmt: skip

    def _resource(self, node: tree_sitter.Node, parent: str, depth: int) -> Iterator[Resource]:
        named = node.named_children
        if len(named) < 3 or depth > 8 or any(c.type == "existing" for c in node.children):
            return
        symbol, declared, made = named[0], named[1], named[-1]
        kind = _text(declared).strip("'").partition("@")[0]
        if parent and not kind.lower().startswith("microsoft."):
            kind = f"{parent}/{kind}"
        inner = made if made.type == "object" else _object_in(made)
        if inner is None:
            return
        body = self._value(inner, 0)
        if not isinstance(body, Mapping):
            return
        title = f"{kind} `{text_of(body.get('name')) or _text(symbol)}`"
        yield Resource(FORM, kind, _text(symbol), self._places.span(declared), self._path, body,
                       title)  # fmt: skip
        for entry in inner.named_children:
            for nested in entry.named_children if entry.type == "object_property" else ():
                if nested.type == "resource_declaration":
                    yield from self._resource(nested, kind, depth + 1)

    # -- values

    def _value(self, node: tree_sitter.Node, depth: int) -> Node:
        span = self._places.span(node)
        unknown = Unknown(span, self._path)
        self._budget -= 1
        if depth > _DEEPEST or self._budget < 0:
            return unknown
        if node.type == "object":
            return self._object(node, depth)
        if node.type == "array":
            items = [self._value(item, depth + 1) for item in node.named_children]
            return Sequence(items, span, self._path)
        if node.type == "string":
            return self._string(node, depth)
        if node.type in ("boolean", "null"):
            return Scalar(_CONSTANTS.get(_text(node)), span, self._path)
        if node.type == "number":
            text = _text(node)
            digits = text.lstrip("-").isdigit() and len(text) < 20
            return Scalar(int(text) if digits else text, span, self._path)
        if node.type == "parenthesized_expression" and node.named_children:
            return self._value(node.named_children[0], depth + 1)
        if node.type == "ternary_expression":
            return self._ternary(node, depth)
        if node.type == "identifier":
            return self._named(node, depth)
        if node.type == "member_expression":
            return self._member(node, depth)
        if node.type == "call_expression" and node.named_children:
            return self._call(node, depth)
        return replace(unknown, refs=frozenset(_identifiers(node)))

    def _object(self, node: tree_sitter.Node, depth: int) -> Mapping:
        found = Mapping({}, self._places.span(node), self._path)
        for child in node.named_children:
            parts = child.named_children
            if child.type != "object_property" or len(parts) < 2:
                # A loop or a spread may give any entries.
                found.complete = found.complete and child.type in ("object_property", "comment")
                continue
            key = _text(parts[0]).strip("'")
            value = self._value(parts[-1], depth + 1)
            found.entries[key] = Entry(key, self._places.span(parts[0]), value)
        return found

    def _string(self, node: tree_sitter.Node, depth: int) -> Node:
        text: list[str] = []
        for child in node.named_children:
            if child.type == "interpolation":
                inner = child.named_children
                known = text_of(self._value(inner[0], depth + 1)) if inner else None
                text.append(HOLE if known is None else known)
            else:
                text.append(_ESCAPES.get(_text(child), _text(child)))
        if sum(map(len, text)) > _LONGEST:
            return Unknown(self._places.span(node), self._path)
        return Scalar("".join(text), self._places.span(node), self._path, quoted=True)

    def _ternary(self, node: tree_sitter.Node, depth: int) -> Node:
        parts = node.named_children
        if len(parts) != 3:
            return Unknown(self._places.span(node), self._path)
        test = text_of(self._value(parts[0], depth + 1))
        if test in ("true", "false"):
            return self._value(parts[1 if test == "true" else 2], depth + 1)
        options = [self._value(part, depth + 1) for part in parts[1:]]
        return Choice(options, self._places.span(node), self._path)

    def _named(self, node: tree_sitter.Node, depth: int) -> Node:
        name = _text(node)
        span = self._places.span(node)
        known = self._names.get(name)
        if known is None or name in self._open:
            return Unknown(span, self._path, refs=frozenset({name}))
        words, value = known
        self._open.add(name)
        made = self._value(value, depth + 1)
        self._open.discard(name)
        hop = Hop(self._path, self._places.span(value), f"{words} `{name}`")
        return placed(made, span, self._path, hop)

    def _call(self, node: tree_sitter.Node, depth: int) -> Node:
        """What `union` puts together of objects: of some of them the entries may not be known."""
        unknown = Unknown(self._places.span(node), self._path, refs=frozenset(_identifiers(node)))
        if _text(node.named_children[0]) != "union":
            return unknown
        given = node.named_children[1].named_children if len(node.named_children) == 2 else ()
        found = Mapping({}, self._places.span(node), self._path)
        for argument in given:
            value = self._value(argument, depth + 1)
            if isinstance(value, Mapping):
                found.entries.update(value.entries)
            found.complete = found.complete and isinstance(value, Mapping) and value.complete
        return found if found.entries else unknown

    def _member(self, node: tree_sitter.Node, depth: int) -> Node:
        parts = node.named_children
        span = self._places.span(node)
        if len(parts) == 2:
            held = self._value(parts[0], depth + 1)
            inner = held.get(_text(parts[1])) if isinstance(held, Mapping) else None
            if isinstance(held, Mapping) and inner is not None:
                return replace(inner, span=span, hops=(*held.hops, *inner.hops))
        return Unknown(span, self._path, refs=frozenset(_identifiers(node)))


def _has_value(node: tree_sitter.Node) -> bool:
    return any(child.type == "=" for child in node.children)


def _is_secure(node: tree_sitter.Node) -> bool:
    return any(
        _text(call.named_children[0]) in ("secure", "sys.secure")
        for decorator in node.named_children
        for call in decorator.named_children
        if call.type == "call_expression" and call.named_children
    )


def _object_in(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The object of a resource that is made under a condition, or in a loop."""
    for _ in range(4):
        body = node.child_by_field_name("body") or next(
            (c for c in node.named_children[1:] if c.type in ("object", "if_statement")), None
        )
        if body is None or body.type == "object":
            return body
        node = body
    return None


def _identifiers(node: tree_sitter.Node) -> Iterator[str]:
    """The names at or below a node, at most 50."""
    todo, found = [node], 0
    while todo and found < 50:
        one = todo.pop()
        if one.type == "identifier":
            found += 1
            yield _text(one)
        todo += one.named_children


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
