"""Evaluates HCL expressions, as far as their values are written in the module."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import tree_sitter

from keyaudit.configs.readers.places import Places
from keyaudit.configs.resolving.hcl_functions import FUNCTIONS
from keyaudit.configs.resolving.hcl_nodes import (
    all_of,
    index_parts,
    number,
    pairs_of,
    references,
    text_in,
    undented,
    unescaped,
)
from keyaudit.configs.resolving.operators import binary, negated
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
    refs_of,
    text_of,
)
from keyaudit.core.location import Span

_DEEPEST = 60
_MOST_ITEMS = 100
_LONGEST = 1_000_000  # characters of a text that is put together
_NAMESPACES = frozenset({"var", "local", "each", "count", "path", "self", "module", "data",
                         "terraform"})  # fmt: skip


class Names(Protocol):
    """What an evaluator asks its module for: values of names, files, and a share of the budget."""

    def resolve(self, parts: tuple[str, ...], span: Span) -> Node | None:
        """The value of a name, given as its parts: `("var", "x")`; None if it is not known."""
        ...

    def file(self, name: str) -> str | None:
        """The text of a file, by its path from the module's folder; None if it cannot be read."""
        ...

    def spend(self) -> bool:
        """Takes one expression off the module's budget; False once it is used up."""
        ...


class Evaluator:
    """Evaluates the expressions of one file.

    `bound` are the variables of `for` expressions and `dynamic` blocks, and `each`.
    """

    def __init__(
        self, path: str, places: Places, names: Names, bound: dict[str, Node] | None = None
    ) -> None:
        self.path = path
        self.places = places
        self.names = names
        self.bound = bound or {}
        self._depth = 0

    def with_names(self, bound: dict[str, Node]) -> Evaluator:
        """A new evaluator with further bound variables."""
        return Evaluator(self.path, self.places, self.names, {**self.bound, **bound})

    def value(self, node: tree_sitter.Node) -> Node:
        """The value of an expression node; `Unknown` if it is known only at run time."""
        span = self.places.span(node)
        self._depth += 1
        try:
            if self._depth > _DEEPEST or not self.names.spend():
                return Unknown(span, self.path)
            return self._value(node, span)
        finally:
            self._depth -= 1

    def _value(self, node: tree_sitter.Node, span: Span) -> Node:
        kind = node.type
        if kind == "expression":
            return self._chain(node, span)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            return handler(self, node, span)
        inner = node.named_children
        if len(inner) == 1:
            return self.value(inner[0])
        return self.unknown(node, span)

    def unknown(self, node: tree_sitter.Node, span: Span) -> Node:
        """An unknown value that refers to the resources the expression names."""
        refs: frozenset[str] = frozenset()
        for part in references(node):
            found = self.names.resolve(part, span)
            refs |= refs_of(found)
        return Unknown(span, self.path, refs=refs)

    # -- names and what is picked from them

    def _chain(self, node: tree_sitter.Node, span: Span) -> Node:
        """`first.attribute[index].attribute…`."""
        parts = node.named_children
        if not parts:
            return Unknown(span, self.path)
        if parts[0].type == "variable_expr":
            return self._traversal(parts, node, span)
        found = self.value(parts[0])
        for step in parts[1:]:
            found = self._step(found, step, span)
        return replace(found, span=span) if found.path == self.path else found

    def _traversal(self, parts: list[tree_sitter.Node], node: tree_sitter.Node, span: Span) -> Node:
        head = text_in(parts[0])
        names = [head]
        taken = 1
        if head in self.bound:
            found: Node | None = self.bound[head]
        else:
            for step in parts[1:]:
                if step.type == "get_attr":
                    names.append(text_in(step).lstrip(".").strip())
                elif not (step.type in ("index", "splat") and head not in _NAMESPACES):
                    break
                elif step.type == "splat":
                    names += [text_in(a).lstrip(".") for a in all_of(step, "get_attr")]
                taken += 1
            found = self.names.resolve(tuple(names), span)
            if found is not None and head in ("var", "local", "each", "module"):
                used = 2
                found = self.names.resolve(tuple(names[:used]), span)
                if head == "module":
                    return found or Unknown(span, self.path)
                taken = used
        if found is None:
            return Unknown(span, self.path)
        for step in parts[taken:]:
            found = self._step(found, step, span)
        hops = found.hops
        is_item = bool(parts[taken:]) or head == "each"
        if is_item and not hops and isinstance(found, Scalar) and found.value is not None:
            # Of a value that was written as a whole: where the item stands.
            hops = (Hop(found.path or self.path, found.span, f"`{text_in(node)}` is this"),)
        return replace(found, span=span, path=self.path, hops=hops)

    def _step(self, found: Node, step: tree_sitter.Node, span: Span) -> Node:
        if step.type == "get_attr":
            return self.pick(found, text_in(step).lstrip(".").strip(), span)
        if step.type == "index":
            inner = [c for c in index_parts(step) if c.type in ("expression", "numeric_lit")]
            key = self.value(inner[0]) if inner else None
            name = text_of(key)
            if name is not None:
                return self.pick(found, name, span)
        return Unknown(span, self.path, refs=refs_of(found))

    def pick(self, found: Node, key: str, span: Span) -> Node:
        """The attribute or item `key` of a value; `Unknown` if it is not known, null if missing."""
        picked: Node | None = None
        if isinstance(found, Mapping):
            picked = found.get(key)
            if picked is None and found.complete:
                return Scalar(None, span, self.path)
        elif isinstance(found, Sequence) and key.isdigit() and int(key) < len(found.items):
            picked = found.items[int(key)] if found.complete else None
        if picked is None:
            return Unknown(span, self.path, refs=refs_of(found))
        return replace(picked, span=span, path=self.path, hops=(*found.hops, *picked.hops))

    # -- literals and collections

    def _literal(self, node: tree_sitter.Node, span: Span) -> Node:
        inner = node.named_children[0]
        text = text_in(inner)
        if inner.type == "numeric_lit":
            return Scalar(number(text), span, self.path)
        if inner.type == "bool_lit":
            return Scalar(text == "true", span, self.path)
        if inner.type == "null_lit":
            return Scalar(None, span, self.path)
        return self.value(inner)

    def _string(self, node: tree_sitter.Node, span: Span) -> Node:
        text = "".join(text_in(c) for c in node.children if c.type == "template_literal")
        return Scalar(unescaped(text), span, self.path, quoted=True)

    def _template(self, node: tree_sitter.Node, span: Span) -> Node:
        heredoc = node.type == "heredoc_template"
        parts: list[str] = []
        refs: frozenset[str] = frozenset()
        hops: list[Hop] = []
        inner = [
            child
            for child in node.children
            if child.type in ("template_literal", "template_interpolation", "template_directive")
        ]
        for child in inner:
            if child.type == "template_literal":
                parts.append(text_in(child) if heredoc else unescaped(text_in(child)))
                continue
            expressions = [c for c in child.named_children if c.type == "expression"]
            if child.type == "template_directive" or not expressions:
                parts.append(HOLE)
                continue
            value = self.value(expressions[0])
            if len(inner) == 1 and not heredoc:
                return replace(value, span=span, path=self.path)
            refs |= refs_of(value)
            if isinstance(value, Scalar) and value.value is not None:
                known = value.value
                parts.append(str(known).lower() if isinstance(known, bool) else str(known))
                hops += value.hops
            else:
                parts.append(HOLE)
        if sum(map(len, parts)) > _LONGEST:
            return Unknown(span, self.path, refs=refs)
        text = "".join(parts)
        first_line = 0
        if heredoc:
            text = text.removeprefix("\n")
            # What is put in has lines of its own.
            known = any(c.type != "template_literal" for c in inner) and HOLE not in text
            first_line = 0 if known else span.line + 1
            text = undented(text, text_in(node).startswith("<<-"))
        return Scalar(text, span, self.path, tuple(hops), refs, quoted=True, first_line=first_line)

    def _tuple(self, node: tree_sitter.Node, span: Span) -> Node:
        items = [self.value(c) for c in node.named_children if c.type == "expression"]
        return Sequence(items, span, self.path)

    def _object(self, node: tree_sitter.Node, span: Span) -> Node:
        found = Mapping({}, span, self.path)
        for element in node.named_children:
            if element.type != "object_elem":
                continue
            sides = [c for c in element.named_children if c.type == "expression"]
            if len(sides) != 2:
                continue
            key = self._key(sides[0])
            if key is None:
                found.complete = False
            else:
                found.entries[key] = Entry(key, self.places.span(sides[0]), self.value(sides[1]))
        return found

    def _key(self, node: tree_sitter.Node) -> str | None:
        inner = node.named_children
        if len(inner) == 1 and inner[0].type == "variable_expr":
            return text_in(inner[0])
        return text_of(self.value(node))

    def _for(self, node: tree_sitter.Node, span: Span) -> Node:
        """`[for v in list : …]` and `{for k, v in map : …}` over what is known."""
        inner = node.named_children[0] if node.type == "for_expr" else node
        intro = next((c for c in inner.named_children if c.type == "for_intro"), None)
        outs = [c for c in inner.named_children if c.type == "expression"]
        if intro is None or not outs:
            return self.unknown(node, span)
        names = [text_in(c) for c in intro.named_children if c.type == "identifier"]
        source = next((c for c in intro.named_children if c.type == "expression"), None)
        over = self.value(source) if source is not None else None
        pairs = pairs_of(over)
        condition = next((c for c in inner.named_children if c.type == "for_cond"), None)
        if pairs is None or len(pairs) > _MOST_ITEMS:
            return self.unknown(node, span)
        values: list[tuple[Node | None, Node]] = []
        complete = True
        for key, item in pairs:
            bound = dict(zip(names[-2:], (key, item) if len(names) > 1 else (item,), strict=False))
            scope = self.with_names(bound)
            scope._depth = self._depth
            if condition is not None:
                tests = [c for c in condition.named_children if c.type == "expression"]
                holds = text_of(scope.value(tests[0])) if tests else None
                if holds == "false":
                    continue
                complete = complete and holds == "true"
            made = [scope.value(out) for out in outs]
            values.append((made[0] if len(made) > 1 else None, made[-1]))
        if inner.type == "for_tuple_expr":
            return Sequence([value for _, value in values], span, self.path, complete=complete)
        found = Mapping({}, span, self.path, complete=complete)
        for name, value in values:
            word = text_of(name)
            if word is None:
                found.complete = False
            else:
                found.entries[word] = Entry(word, value.span, value)
        return found

    # -- operators and functions

    def _conditional(self, node: tree_sitter.Node, span: Span) -> Node:
        test, then, other = (*node.named_children, None, None, None)[:3]
        if test is None or then is None or other is None:
            return self.unknown(node, span)
        asked = self.value(test)
        holds = text_of(asked)
        if holds in ("true", "false"):
            value = self.value(then if holds == "true" else other)
            # What decides is how the value came to be, as where a name stands for it.
            return replace(value, hops=(*value.hops, *asked.hops)) if asked.hops else value
        return Choice([self.value(then), self.value(other)], span, self.path)

    def _unary(self, node: tree_sitter.Node, span: Span) -> Node:
        sign = text_in(node)[:1]
        value = self._side(node.named_children)
        return replace(negated(sign, value), span=span, path=self.path)

    def _binary(self, node: tree_sitter.Node, span: Span) -> Node:
        inner = [c for c in node.children if c.type != "comment"]
        sides = self._operands(node)
        sign = next((c.type for c in inner if not c.is_named), "")
        if sides is None:
            return self.unknown(node, span)
        found = binary(sign, *sides)
        if found is None:
            return Unknown(span, self.path, refs=refs_of(sides[0]) | refs_of(sides[1]))
        return replace(found, span=span, path=self.path)

    def _operands(self, node: tree_sitter.Node) -> tuple[Node, Node] | None:
        """The two sides; a name's attributes stand beside it there, not below it."""
        sides: list[list[tree_sitter.Node]] = [[]]
        for child in node.children:
            if child.is_named and child.type != "comment":
                sides[-1].append(child)
            elif not child.is_named:
                sides.append([])
        if len(sides) != 2 or not all(sides):
            return None
        values = [self._side(side) for side in sides]
        return values[0], values[1]

    def _side(self, side: list[tree_sitter.Node]) -> Node:
        span = self.places.span(side[0], side[-1])
        if side[0].type == "variable_expr":
            return self._traversal(side, side[0], span)
        found = self.value(side[0])
        for step in side[1:]:
            found = self._step(found, step, span)
        return found

    def _call(self, node: tree_sitter.Node, span: Span) -> Node:
        name = text_in(node.named_children[0])
        arguments: list[Node] = []
        for child in node.named_children[1:]:
            if child.type == "function_arguments":
                arguments = [self.value(c) for c in child.named_children if c.type == "expression"]
        if name in ("file", "templatefile") and arguments:
            return self._file(arguments, span)
        function = FUNCTIONS.get(name)
        found = function(arguments, span) if function is not None else None
        if found is None:
            refs: frozenset[str] = frozenset()
            for argument in arguments:
                refs |= refs_of(argument)
            return Unknown(span, self.path, refs=refs)
        return replace(found, span=span, path=self.path)

    def _file(self, arguments: list[Node], span: Span) -> Node:
        name = text_of(arguments[0])
        text = None if name is None else self.names.file(name)
        if text is None:
            return Unknown(span, self.path)
        if len(arguments) > 1:
            values = arguments[1]

            def put(found: re.Match[str]) -> str:
                value = values.get(found[1].strip()) if isinstance(values, Mapping) else None
                return text_of(value) or HOLE

            text = re.sub(r"(?<!\$)\$\{([^}]*)\}", put, text)
            text = re.sub(r"%\{[^}]*\}", HOLE, text)
        return Scalar(text, span, self.path)


_HANDLERS: dict[str, Callable[[Evaluator, tree_sitter.Node, Span], Node]] = {
    "literal_value": Evaluator._literal,
    "string_lit": Evaluator._string,
    "quoted_template": Evaluator._template,
    "heredoc_template": Evaluator._template,
    "tuple": Evaluator._tuple,
    "object": Evaluator._object,
    "for_expr": Evaluator._for,
    "conditional": Evaluator._conditional,
    "unary_operation": Evaluator._unary,
    "binary_operation": Evaluator._binary,
    "function_call": Evaluator._call,
    "numeric_lit": lambda self, node, span: Scalar(number(text_in(node)), span, self.path),
    "variable_expr": lambda self, node, span: self._traversal([node], node, span),
}
