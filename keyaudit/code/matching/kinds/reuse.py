"""`reuse`: a value that must be new for every call is made once and used for many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.sinks import Use
from keyaudit.code.provenance.call_targets import lineage
from keyaudit.code.provenance.modelled_returns import short
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Binding, Scope

_ONCE = frozenset({"__init__", "__post_init__", "__attrs_post_init__", "__new__", "setup", "init"})
# Whoever reads takes the value that was written; a script's main function runs once.
_READS = re.compile(r"dec(?:rypt|ipher|ode|ompress)|unseal|unwrap|open|read|load|verify|main$",
                    re.IGNORECASE)  # fmt: skip
_MAX_ALIAS = 4


@dataclass(frozen=True, slots=True)
class _Held:
    """A value that outlives the call: where it is bound, its expression, and how it stays."""

    binding: Binding
    value: s.Expr
    scope: Scope
    how: str


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
            held = _held(context, expr, use) or _twice(context, expr, use, used)
            if held is None:
                continue
            origin = _made(context, held, wanted)
            if origin is not None:
                yield _hit(rule, use, role, expr, origin, held)


def outlived_by(context: Context, expr: s.Expr, use: Use) -> bool:
    """Whether the object that an expression holds was made before the function was called."""
    if isinstance(expr, s.Attr):
        return _in_object(context, expr, use) is not None
    if not isinstance(expr, s.Name):
        return False
    return any(
        binding.kind == "value" and binding.scope.kind == "module"
        for binding in bindings_of(expr, use.scope)
        if binding.scope is not use.scope
    )


def _held(context: Context, expr: s.Expr, use: Use) -> _Held | None:
    """How a value outlives the call it is used in; None when it was made for it."""
    if isinstance(expr, s.Attr):
        return _in_object(context, expr, use)
    if not isinstance(expr, s.Name):
        return None
    bindings = bindings_of(expr, use.scope)
    for _ in range(_MAX_ALIAS):
        alias = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
        if isinstance(alias, s.Attr) and bindings[0].scope is use.scope:
            return _in_object(context, alias, use)
        if not isinstance(alias, s.Name):
            break
        bindings = bindings_of(alias, bindings[0].scope)
    for binding in bindings:
        held = _outlives(binding, use)
        if held is not None:
            return held
    return None


def _outlives(binding: Binding, use: Use) -> _Held | None:
    home = binding.scope
    param = binding.param
    if binding.kind == "param" and param is not None and home.parent is not None:
        if param.default is None:
            return None
        return _Held(binding, param.default, home.parent, "made once, as a default argument")
    if binding.kind != "value" or binding.value is None:
        return None
    if home is not use.scope:
        if home.kind not in ("module", "class") or use.scope.kind not in ("function", "lambda"):
            return None
        return _Held(binding, binding.value, home, "made once, when the module is loaded")
    if isinstance(binding.value, s.Call):
        around = {n for kind, n, _ in binding.value.context if kind == "loop"}
        if any(kind == "loop" and n not in around for kind, n, _ in use.call.context):
            return _Held(binding, binding.value, home, "made once, before the loop")
    return None


def _in_object(context: Context, expr: s.Attr, use: Use) -> _Held | None:
    """`self.nonce`, when only the constructor of the class sets it."""
    owner = use.scope.owner
    if owner is None or use.scope.name in _ONCE or expr.reach or not use.scope.params:
        return None
    if not isinstance(expr.value, s.Name) or expr.value.id != use.scope.params[0].name:
        return None
    set_in: list[tuple[Binding, Scope]] = []
    for cls in lineage(context.resolver, owner):
        set_in += [(b, cls) for b in cls.bindings.get(expr.name, ()) if b.kind == "value"]
        for method in cls.children:
            if method.kind == "function" and method.params:
                path = f"{method.params[0].name}.{expr.name}"
                set_in += [(b, method) for b in method.bindings.get(path, ())]
    if not set_in or any(b.kind != "value" for b, _ in set_in):
        return None
    if any(scope.kind == "function" and scope.name not in _ONCE for _, scope in set_in):
        return None
    binding, scope = set_in[0]
    if binding.value is None:
        return None
    return _Held(binding, binding.value, scope, "made once for the object")


def _twice(
    context: Context, expr: s.Expr, use: Use, used: dict[tuple[int, object], Use]
) -> _Held | None:
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
    return _Held(binding, binding.value, use.scope, "already used")


def _object(expr: s.Expr, scope: Scope) -> object | None:
    if isinstance(expr, s.Name):
        bindings = bindings_of(expr, scope)
        return id(bindings[0]) if len(bindings) == 1 else None
    if isinstance(expr, s.Attr) and isinstance(expr.value, s.Name):
        return f"{expr.value.id}.{expr.name}"
    return None


def _made(context: Context, held: _Held, wanted: frozenset[str]) -> Origin | None:
    """The origin of the held value, when all it may be is of the kinds."""
    origins = context.resolver.origins(held.value, held.scope, None)
    if not origins or any(origin.kind not in wanted for origin in origins):
        return None
    return origins[0]


def _hit(rule: Rule, use: Use, role: str, expr: s.Expr, origin: Origin, held: _Held) -> Hit:
    call = short(use.model.name)
    module = held.binding.scope.module
    kept = origin.step(module, held.binding.pos, held.binding.end, held.how)
    words = {"call": call, "role": role, "value": held.how, "name": use.scope.name}
    subject = f"{use.model.name}:{role}:reuse"
    step = f"used again as {role} of `{call}()`"
    return Hit(rule, use.scope, (expr.pos, expr.end), subject, words, kept, step)
