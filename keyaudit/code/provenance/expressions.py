"""Dispatches the question of origins by the kind of expression: name, attribute, call, operator.

One module a kind answers; what needs no more than a line is answered here.
"""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.provenance import (
    attributes,
    bindings,
    compared_defaults,
    compositions,
    designations,
    returns,
)
from keyaudit.code.provenance.origin import NO_VALUE, Frame, Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.secret_names import ABOUT


def of_expression(
    resolver: Resolver, expr: s.Expr, scope: Scope, frame: Frame | None
) -> tuple[Origin, ...] | list[Origin]:
    """The origins of an expression, by its kind; several may be the same one.

    It stands in `scope` and is seen through the call `frame`, if any. What is of no kind known
    here has one origin, `unknown`.
    """
    match expr:
        case s.Const(value=None):
            return (Origin("none", scope.module, expr, None),)
        case s.Const():
            return (resolver.literal(expr, scope, expr.value),)
        case s.Name():
            found = bindings.of_name(resolver, expr, scope, frame)
            if expr.reach is None:
                unknown = resolver.unknown(expr, scope)
                found = designations.with_unseen_value(found, expr.id, unknown)
            return designations.as_variable(found, expr.id, expr.reach or ())
        case s.Attr():
            found = attributes.of_attribute(resolver, expr, scope, frame)
            found = designations.with_unseen_value(found, expr.name, resolver.unknown(expr, scope))
            return designations.as_part_named(found, designations.field_name(expr, scope))
        case s.Sub():
            name = designations.item_name(expr.index)
            found = attributes.of_subscript(resolver, expr, scope, frame)
            found = designations.with_unseen_value(found, name, resolver.unknown(expr, scope))
            return designations.as_part_named(found, name)
        case s.Call():
            found = returns.of_call(resolver, expr, scope, frame)
            return designations.as_result_of(found, expr, resolver.unknown(expr, scope))
        case s.BinOp():
            return compositions.binary(resolver, expr, scope, frame)
        case s.BoolOp():
            return compositions.boolean(resolver, expr, scope, frame)
        case s.IfExp():
            return compositions.conditional(resolver, expr, scope, frame)
        case s.Text():
            return compositions.text(resolver, expr, scope, frame)
        case s.Seq() | s.Dict():
            return (compositions.display(resolver, expr, scope, frame),)
        case s.Comp():
            return compositions.comprehension(resolver, expr, scope, frame)
        case s.Lambda(scope=inner) if inner is not None:
            return (Origin("function", scope.module, expr, scope=inner, source="lambda"),)
        case s.Forwarded():
            handed = resolver.origins(expr.expr, expr.home, expr.frame)
            if not expr.note or isinstance(expr.expr, s.Forwarded):
                return handed
            at = (expr.home.module, expr.expr.pos, expr.expr.end)
            return tuple(o.with_step(*at, expr.note) for o in handed)
        case s.Walrus(value=value) | s.Await(value=value) | s.Starred(value=value):
            return resolver.origins(value, scope, frame)
        case s.Unary(op="-", value=value):
            return tuple(
                o.with_value(-o.value if isinstance(o.value, int | float) else NO_VALUE, None)
                for o in resolver.origins(value, scope, frame)
            )
        case s.Unary(op="not", value=value):
            return _negated(resolver, expr, resolver.origins(value, scope, frame), scope)
        case s.Compare():
            by_default = compared_defaults.of_comparison(resolver, expr, scope, frame)
            return [resolver.unknown(expr, scope).designated(ABOUT), *by_default]
    return (resolver.unknown(expr, scope),)


def _negated(
    resolver: Resolver, expr: s.Expr, origins: tuple[Origin, ...], scope: Scope
) -> list[Origin]:
    """`not value`: the other one of a known bool, as of an option's default."""
    found = [o.with_value(not o.value, None) for o in origins if isinstance(o.value, bool)]
    if len(found) < len(origins) or not found:
        found.append(resolver.unknown(expr, scope).designated(ABOUT))
    return found
