"""`reuse`: a value that must be new for every call is made once and used for many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.long_lived import LongLived, long_lived
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex

# Whoever reads takes the value that was written; a script's main function runs once.
_READS = regex(r"dec(?:rypt|ipher|ode|ompress)|unseal|unwrap|open|read|load|verify|main$",
                    re.IGNORECASE)  # fmt: skip


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The calls that use, at the role, a value that an earlier call used or a later one will."""
    parameters = match.parameters
    role, wanted = parameters["role"], frozenset(parameters["from"])
    kinds = frozenset(parameters.get("kinds", ()))
    used: dict[tuple[int, object], Use] = {}
    for use in context.uses:
        if not kinds & use.model.kinds or _READS.search(use.scope.name):
            continue
        if context.silenced(match, use.scope):
            continue
        for _, expr in use.arguments.get(role, ()):
            held = long_lived(context, expr, use) or _twice(context, expr, use, used)
            if held is None:
                continue
            origin = _made(context, held, wanted)
            if origin is not None:
                yield _hit(rule, use, role, expr, origin, held)


def _twice(
    context: Context, expr: s.Expr, use: Use, used: dict[tuple[int, object], Use]
) -> LongLived | None:
    """A local value that the same object was already called with."""
    func = use.call.func
    if not isinstance(expr, s.Name) or not isinstance(func, s.Attr):
        return None
    bindings = bindings_of(expr, use.scope)
    receiver = _object(func.value, use.scope)
    if len(bindings) != 1 or receiver is None or "aead-encrypt" not in use.model.kinds:
        return None
    binding = bindings[0]
    earlier = used.setdefault((id(binding), receiver), use)
    if earlier is use or binding.scope is not use.scope or binding.value is None:
        return None
    if earlier.call.excludes(use.call):
        return None
    return LongLived(binding, binding.value, use.scope, "already used")


def _object(expr: s.Expr, scope: Scope) -> object | None:
    if isinstance(expr, s.Name):
        bindings = bindings_of(expr, scope)
        return id(bindings[0]) if len(bindings) == 1 else None
    if isinstance(expr, s.Attr) and isinstance(expr.value, s.Name):
        return f"{expr.value.id}.{expr.name}"
    return None


def _made(context: Context, held: LongLived, wanted: frozenset[str]) -> Origin | None:
    """The origin of the held value, when all it may be is of the kinds."""
    origins = context.resolver.origins(held.value, held.scope, None)
    if not origins or any(origin.kind not in wanted for origin in origins):
        return None
    return origins[0]


def _hit(rule: Rule, use: Use, role: str, expr: s.Expr, origin: Origin, held: LongLived) -> Hit:
    call = short_name(use.model.name)
    module = held.binding.scope.module
    kept = origin.with_step(module, held.binding.pos, held.binding.end, held.how)
    words = {"call": call, "role": role, "value": held.how, "name": use.scope.name}
    subject = f"{use.model.name}:{role}:reuse"
    step = f"used again as {role} of `{call}()`"
    return Hit(rule, use.scope, (expr.pos, expr.end), subject, words, kept, step)
