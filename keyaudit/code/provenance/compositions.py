"""Provenance of composed values: `a + b`, `"%s" % a`, `a or b`, `[a, b]`, `[f() for …]`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keyaudit.code import syntax as s
from keyaudit.code.provenance import constant_folding, durations, text_labels
from keyaudit.code.provenance.names import dotted_names
from keyaudit.code.provenance.origin import (
    NO_VALUE,
    PICKED,
    UNPREDICTABLE,
    UNRESOLVED,
    Frame,
    Origin,
    Symbol,
    combine,
)
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Scope

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver


_SCALES = frozenset({"<<", ">>", "*", "/", "//", "-"})


def binary(
    resolver: Resolver, expr: s.BinOp, scope: Scope, frame: Frame | None
) -> tuple[Origin, ...]:
    """The origins of `left op right`."""
    left = resolver.origins(expr.left, scope, frame)
    right = resolver.origins(expr.right, scope, frame)
    said = text_labels.labels(expr)
    if id(expr.right) in said:
        right = text_labels.labelled(right, said[id(expr.right)])
    if expr.op == "%" and right and all(o.kind == "literal" and o.length == 0 for o in right):
        # What is empty by default is given another value where it matters.
        return (resolver.unknown(expr, scope),)
    if len(left) == 1 and len(right) == 1:
        value = constant_folding.binary(expr.op, left[0].value, right[0].value)
        if value is not NO_VALUE and left[0].kind == right[0].kind == "literal":
            return (resolver.literal(expr, scope, value).transformed(*left[0].via, *right[0].via),)
    if expr.op == "**":  # a power tells nobody the exponent
        return (resolver.unknown(expr, scope),)
    if expr.op == "%" and isinstance(expr.right, s.Seq):
        parts = _labelled(resolver, expr.right.items, said, scope, frame)
        return _formatted(resolver, expr, left, parts, scope)
    if expr.op == "|" and any(isinstance(o.value, Symbol) for o in (*left, *right)):
        return (*left, *right)
    if expr.op == "|" and any(isinstance(o.node, s.Dict) for o in (*left, *right)):
        return (_united(resolver, expr, scope, frame),)
    made = combine([left, right], "format" if expr.op == "%" else "join")
    if is_filled_up(expr):
        made = tuple(o.transformed("pad") for o in made)
    if expr.op in _SCALES and _scales_pick(left, right):
        made = tuple(o.transformed(*PICKED) for o in made)
    if expr.op == "+" and any(o.kind == "clock" for o in made):
        made = durations.later([left, right], made)
    if expr.op == "^" and any(o.kind in UNRESOLVED for o in made):
        # What is covered by something not known is no longer what it was.
        return tuple(o for o in made if o.kind in UNRESOLVED or o.kind in UNPREDICTABLE)
    return made


def is_filled_up(expr: s.BinOp) -> bool:
    """Whether a text is made longer by what adds nothing to it: `key + "0" * n`, `key + key` or
    `key * 2`."""
    if expr.op == "*":
        return True
    if expr.op != "+":
        return False
    sides = (expr.left, expr.right)
    if any(isinstance(side, s.BinOp) and side.op == "*" and _repeats(side) for side in sides):
        return True
    return (path := path_of(expr.left)) is not None and path == path_of(expr.right)


def _repeats(expr: s.BinOp) -> bool:
    """Whether a product is one character, again and again."""
    return any(is_filler(side) for side in (expr.left, expr.right))


def is_filler(expr: s.Expr) -> bool:
    """Whether an expression is a text of one character."""
    return (
        isinstance(expr, s.Const) and isinstance(expr.value, str | bytes) and len(expr.value) == 1
    )


def _scales_pick(*sides: tuple[Origin, ...]) -> bool:
    """Whether one side is an item picked out of a list and the other a number: `choice(x) << 48`
    is no more than the item in another place."""
    picked = [all(not PICKED.isdisjoint(o.via) for o in side) for side in sides]
    number = [all(isinstance(o.value, int | float) for o in side) for side in sides]
    return (picked[0] and number[1]) or (picked[1] and number[0])


def text(resolver: Resolver, expr: s.Text, scope: Scope, frame: Frame | None) -> tuple[Origin, ...]:
    """The origins of an f-string: those of its parts, by what the text calls them."""
    parts = _labelled(resolver, expr.parts, text_labels.labels(expr), scope, frame)
    return combine(parts, "format")


def _labelled(
    resolver: Resolver, parts: list[s.Expr], said: dict[int, str], scope: Scope,
    frame: Frame | None,
) -> list[tuple[Origin, ...]]:  # fmt: skip
    found = [resolver.origins(part, scope, frame) for part in parts]
    return [
        text_labels.labelled(origins, said[id(part)]) if id(part) in said else origins
        for part, origins in zip(parts, found, strict=True)
    ]


def _united(resolver: Resolver, expr: s.BinOp, scope: Scope, frame: Frame | None) -> Origin:
    """The dict that `{…} | other` makes (PEP 584), of which the last entry wins."""

    def display() -> s.Dict:
        return s.Dict(expr.pos, expr.end, [(None, expr.left), (None, expr.right)])

    node = resolver.once((expr, "|"), display)
    return Origin("container", scope.module, node, scope=scope, frame=frame)


def _formatted(
    resolver: Resolver,
    expr: s.BinOp,
    pattern: tuple[Origin, ...],
    parts: list[tuple[Origin, ...]],
    scope: Scope,
) -> tuple[Origin, ...]:
    """`"%s-%s" % (a, b)`."""
    known = [part[0] for part in (pattern, *parts) if len(part) == 1]
    if len(known) == 1 + len(parts) and all(o.kind == "literal" for o in known):
        value = constant_folding.binary("%", known[0].value, tuple(o.value for o in known[1:]))
        if value is not NO_VALUE and all(o.value is not NO_VALUE for o in known):
            via = frozenset().union(*(o.via for o in known))
            return (resolver.literal(expr, scope, value).transformed(*via),)
    return combine([pattern, *parts], "format")


def boolean(resolver: Resolver, expr: s.BoolOp, scope: Scope, frame: Frame | None) -> list[Origin]:
    """The origins of `left and right` and `left or right`."""
    left = resolver.origins(expr.left, scope, frame)
    right = resolver.origins(expr.right, scope, frame)
    if expr.op == "and":
        return list(right)
    if any(o.kind == "environment" for o in left):
        right = tuple(o.transformed("environment-default") for o in right)
    right = tuple(o.transformed("default") for o in right)
    return [*(o for o in left if o.kind != "none"), *right]


def conditional(
    resolver: Resolver, expr: s.IfExp, scope: Scope, frame: Frame | None
) -> list[Origin]:
    """The origins of `body if test else orelse`: of one side only where the test is constant."""
    found: list[Origin] = []
    test = expr.test.value if isinstance(expr.test, s.Const) else NO_VALUE
    if test is NO_VALUE or test:
        found += resolver.origins(expr.body, scope, frame)
    if test is NO_VALUE or not test:
        other = resolver.origins(expr.orelse, scope, frame)
        if _is_same(expr.test, expr.body):  # `a if a else b` is `a or b`
            other = tuple(o.transformed("default") for o in other)
        found += other
    return found


def _is_same(test: s.Expr, body: s.Expr) -> bool:
    """Whether a condition only asks whether there is the value that it leads to."""
    path = path_of(test)
    return path is not None and path == path_of(body)


def display(resolver: Resolver, expr: s.Seq | s.Dict, scope: Scope, frame: Frame | None) -> Origin:
    """The container that `[a, b]`, `(a, b)` or `{a: b}` makes, with its value if constant."""
    value: Any = NO_VALUE
    if isinstance(expr, s.Seq) and len(expr.items) <= 512:
        items = [resolver.constant(item, scope, frame) for item in expr.items]
        if all(item is not NO_VALUE for item in items):
            value = tuple(items)
    return Origin("container", scope.module, expr, value, scope=scope, frame=frame)


def comprehension(
    resolver: Resolver, expr: s.Comp, scope: Scope, frame: Frame | None
) -> tuple[Origin, ...]:
    """The origins of `[element for …]`, with the entropy (in bits) of all its rounds together."""
    if expr.kind == "DictComp":
        return (resolver.unknown(expr, scope),)
    made = combine([resolver.origins(expr.elt, scope, frame)], "join")
    rounds = _rounds(resolver, expr, scope, frame)
    return tuple(replace(o, bits=o.bits * rounds if o.bits and rounds else None) for o in made)


def _rounds(resolver: Resolver, expr: s.Comp, scope: Scope, frame: Frame | None) -> int | None:
    """How often a comprehension goes round, when that is plain: `for _ in range(16)`."""
    if len(expr.fors) != 1 or expr.fors[0][2]:
        return None
    over = expr.fors[0][1]
    if not isinstance(over, s.Call) or len(over.args) != 1:
        return None
    if not {"builtins.range", "builtins.xrange"} & set(dotted_names(resolver, over.func, scope)):
        return None
    count = resolver.constant(over.args[0].value, scope, frame)
    return count if isinstance(count, int) else None
