"""Resolves parameters, conditions, mappings and functions of CloudFormation and SAM templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from keyaudit.configs.tree import (
    HOLE,
    Choice,
    Entry,
    Hop,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    placed,
    refs_of,
    text_of,
)
from keyaudit.core.patterns import regex

FORM = "cloudformation"
_VARIABLE = regex(r"\$\{([^!}][^}]*)\}")
_DYNAMIC = regex(r"\{\{resolve:[^}]*\}\}")
_DEEPEST = 60


@dataclass(slots=True)
class Template:
    """One template with the path of its file; functions are resolved on demand."""

    root: Mapping
    path: str
    _open: set[str] = field(default_factory=set)
    _depth: int = 0

    def section(self, name: str) -> Mapping:
        """A top-level section such as `Resources`; an empty mapping if there is none."""
        found = self.root.get(name)
        return found if isinstance(found, Mapping) else Mapping({}, self.root.span, self.path)

    def value(self, node: Node) -> Node:
        """A copy of the node with its functions resolved; those that cannot be become `Unknown`."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                return Unknown(node.span, self.path)
            return self._value(node)
        finally:
            self._depth -= 1

    def _value(self, node: Node) -> Node:
        if isinstance(node, Mapping):
            if len(node.entries) == 1:
                entry = next(iter(node.entries.values()))
                function = _FUNCTIONS.get(entry.key)
                if function is not None:
                    return function(self, entry.value, node)
                if entry.key.startswith(("!", "Fn::")):
                    inner = self.value(entry.value)
                    return Unknown(node.span, self.path, refs=refs_of(inner))
            entries = {}
            for key, entry in node.entries.items():
                entries[key] = Entry(key, entry.key_span, self.value(entry.value))
            return replace(node, entries=entries)
        if isinstance(node, Sequence):
            return replace(node, items=[self.value(item) for item in node.items])
        if isinstance(node, Choice):
            return replace(node, options=[self.value(option) for option in node.options])
        if isinstance(node, Scalar) and isinstance(node.value, str) and "{{resolve:" in node.value:
            return replace(node, value=_DYNAMIC.sub(HOLE, node.value))
        return node

    # -- functions

    def ref(self, value: Node, node: Node) -> Node:
        """`Ref`: a parameter's default value, or an unknown value that refers to a resource."""
        name = text_of(value)
        if name is None:
            return Unknown(node.span, self.path)
        if name == "AWS::NoValue":
            return Scalar(None, node.span, self.path)
        parameter = self.section("Parameters").get(name)
        if isinstance(parameter, Mapping):
            return self._parameter(name, parameter, node)
        if name.startswith("AWS::"):
            return Unknown(node.span, self.path)
        return Unknown(node.span, self.path, refs=frozenset({name}))

    def _parameter(self, name: str, parameter: Mapping, node: Node) -> Node:
        default = parameter.entries.get("Default")
        kind = text_of(parameter.get("Type")) or ""
        if default is None or kind.startswith("AWS::SSM"):
            return Unknown(node.span, self.path)
        value = default.value
        if kind in ("CommaDelimitedList", "List<Number>"):
            texts = (text_of(value) or "").split(",")
            items: list[Node] = [Scalar(t.strip(), node.span, self.path) for t in texts]
            return Sequence(items, node.span, self.path)
        hop = Hop(self.path, value.span, f"default of parameter `{name}`")
        return placed(value, node.span, self.path, hop)

    def get_att(self, value: Node, node: Node) -> Node:
        """`GetAtt`: an unknown value that refers to the resource whose attribute it is."""
        text = text_of(value)
        if text is None and isinstance(value, Sequence) and value.items:
            text = text_of(value.items[0])
        name = (text or "").partition(".")[0]
        return Unknown(node.span, self.path, refs=frozenset({name} if name else ()))

    def sub(self, value: Node, node: Node) -> Node:
        """`Sub`: a text with variables substituted; those not known become holes."""
        own: Node | None = None
        if isinstance(value, Sequence) and value.items:
            own = value.items[1] if len(value.items) > 1 else None
            value = value.items[0]
        text = text_of(value)
        if text is None:
            return Unknown(node.span, self.path)
        refs: frozenset[str] = frozenset()
        hops: list[Hop] = []

        def put(found: re.Match[str]) -> str:
            nonlocal refs
            name = found[1].strip()
            inner = own.get(name) if isinstance(own, Mapping) else None
            if inner is None:
                here = Scalar(name, node.span, self.path)
                inner = self.get_att(here, node) if "." in name else self.ref(here, node)
            else:
                inner = self.value(inner)
            refs |= refs_of(inner)
            hops.extend(inner.hops)
            return text_of(inner) or HOLE

        made = _VARIABLE.sub(put, text).replace("${!", "${")
        made = _DYNAMIC.sub(HOLE, made)
        return Scalar(made, node.span, self.path, tuple(hops), refs, quoted=True)

    def if_(self, value: Node, node: Node) -> Node:
        """`If`: the value for the condition, or a `Choice` of both if it is not known."""
        if not isinstance(value, Sequence) or len(value.items) != 3:
            return Unknown(node.span, self.path)
        holds = self.condition(text_of(value.items[0]) or "")
        then, other = self.value(value.items[1]), self.value(value.items[2])
        if holds is None:
            return Choice([then, other], node.span, self.path)
        return then if holds else other

    def condition(self, name: str) -> bool | None:
        """Whether the condition of that name holds; None if it is not known.

        That is so if it depends on a parameter, whose default may be replaced on deployment.
        """
        if name in self._open:
            return None
        node = self.section("Conditions").get(name)
        self._open.add(name)
        try:
            value = None if node is None else self.value(node)
        finally:
            self._open.discard(name)
        if isinstance(value, Scalar) and isinstance(value.value, bool) and not value.hops:
            return value.value
        return None

    def equals(self, value: Node, node: Node) -> Node:
        """`Equals`: whether two values are equal; `Unknown` unless both are known."""
        if isinstance(value, Sequence) and len(value.items) == 2:
            sides = [self.value(item) for item in value.items]
            one, other = text_of(sides[0]), text_of(sides[1])
            if one is not None and other is not None:
                hops = (*sides[0].hops, *sides[1].hops)
                return Scalar(one == other, node.span, self.path, hops)
        return Unknown(node.span, self.path)

    def join(self, value: Node, node: Node) -> Node:
        """`Join`: the items of a list joined by a separator; items not known become holes."""
        if not isinstance(value, Sequence) or len(value.items) != 2:
            return Unknown(node.span, self.path)
        between, listed = text_of(value.items[0]), self.value(value.items[1])
        if between is None or not isinstance(listed, Sequence):
            return Unknown(node.span, self.path, refs=refs_of(listed))
        text = between.join(text_of(item) or HOLE for item in listed.items)
        hops = tuple(hop for item in listed.items for hop in item.hops)
        return Scalar(text, node.span, self.path, hops, refs_of(listed), quoted=True)

    def find_in_map(self, value: Node, node: Node) -> Node:
        """`FindInMap`: the value in `Mappings`; `Unknown` unless all keys are known."""
        if not isinstance(value, Sequence):
            return Unknown(node.span, self.path)
        found: Node | None = self.section("Mappings")
        for item in value.items[:3]:
            key = text_of(self.value(item))
            if key is None or not isinstance(found, Mapping):
                return Unknown(node.span, self.path)
            found = found.get(key)
        if found is None:
            return Unknown(node.span, self.path)
        hop = Hop(self.path, found.span, "of a mapping")
        return placed(found, node.span, self.path, hop)

    def same(self, value: Node, node: Node) -> Node:
        """`Base64`: the value itself, not encoded, since rules look at the plain text."""
        return replace(self.value(value), span=node.span)


_Function = Callable[[Template, Node, Node], Node]
_NAMED: dict[str, _Function] = {
    "Ref": Template.ref,
    "GetAtt": Template.get_att,
    "Sub": Template.sub,
    "If": Template.if_,
    "Equals": Template.equals,
    "Join": Template.join,
    "FindInMap": Template.find_in_map,
    "Base64": Template.same,
}
_FUNCTIONS = {
    **{f"!{name}": function for name, function in _NAMED.items()},
    **{f"Fn::{name}": function for name, function in _NAMED.items()},
    "Ref": Template.ref,
}
