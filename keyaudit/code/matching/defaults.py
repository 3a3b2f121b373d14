"""Defaults of parameters and settings, and the branches that are taken unless an option is set."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope

_DEFAULTS = frozenset({"default", "environment-default"})
_MAX_NESTING = 4
_EQUAL = {"is": True, "==": True, "is not": False, "!=": False}


def is_default(origin: Origin) -> bool:
    """Whether a value is the default of a parameter, an option or a setting."""
    return not _DEFAULTS.isdisjoint(origin.via)


def is_in_default_branch(
    resolver: Resolver, scope: Scope, context: tuple[tuple[str, int, str], ...]
) -> bool:
    """Whether a place stands in a branch that is taken unless an option is set: `if not verify:`
    where `verify` is false by default. `context` is that of a call or binding."""
    for kind, number, part in context:
        test = scope.tests.get(number) if kind == "if" else None
        if test is not None and part in ("body", "else"):
            taken = by_default(resolver, test, scope)
            if taken is not None and taken is (part == "body"):
                return True
    return False


def by_default(resolver: Resolver, test: s.Expr, scope: Scope, depth: int = 0) -> bool | None:
    """What a condition comes to by the default of the one option that it asks for; None where it
    asks for something else."""
    if depth > _MAX_NESTING:
        return None
    if isinstance(test, s.Unary) and test.op == "not":
        inner = by_default(resolver, test.value, scope, depth + 1)
        return None if inner is None else not inner
    if isinstance(test, s.Compare) and len(test.rest) == 1:
        # `verify is False`, `verify == True`
        operator, right = test.rest[0]
        wanted = right.value if isinstance(right, s.Const) else None
        if not isinstance(wanted, bool) or operator not in _EQUAL:
            return None
        inner = by_default(resolver, test.left, scope, depth + 1)
        return None if inner is None else (inner is wanted) is _EQUAL[operator]
    if not isinstance(test, s.Name | s.Attr | s.Sub | s.Call):
        return None
    values = {
        bool(origin.value)
        for origin in resolver.origins(test, scope, None)
        if is_default(origin) and isinstance(origin.value, bool | int)
    }
    return values.pop() if len(values) == 1 else None
