"""The entries of a dict as they are known where it is passed: those of its display, of the dicts
put into it, and those it was given afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyaudit.code import syntax as s
from keyaudit.code.provenance.forwarded_arguments import expand
from keyaudit.code.provenance.origin import NO_VALUE, Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope

_ASKING = frozenset({"has", "lacks"})


def with_entries(
    resolver: Resolver, asked: Mapping[str, Any], call: s.Call, expr: s.Expr, scope: Scope,
    origin: Origin,
) -> Origin:  # fmt: skip
    """The dict with the values of its entries, where a condition asks for one of them; as it is
    where that adds nothing."""
    if _ASKING.isdisjoint(asked) or not isinstance(origin.node, s.Dict):
        return origin
    at = (origin.node.pos, origin.node.end)
    given = s.Call(*at, call.func, [s.Arg(None, "**", expr)], scope, call.order, call.context)
    passed = expand(resolver, given, scope, None).args
    if any(arg.name is None for arg in passed) and "lacks" in asked:
        return origin
    items: list[tuple[s.Expr | None, s.Expr]] = []
    for arg in passed:
        value = resolver.constant(arg.value, scope, None) if arg.name is not None else NO_VALUE
        known = arg.value if value is NO_VALUE else s.Const(*at, value)
        if arg.name is not None:
            items.append((s.Const(*at, arg.name), known))
    return origin.with_items(s.Dict(*at, items)) if items else origin
