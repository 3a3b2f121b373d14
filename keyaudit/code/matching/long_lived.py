"""Values and objects that live longer than the call they are used in."""

from __future__ import annotations

from dataclasses import dataclass

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.call_targets import class_lineage
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.semantics.scopes import Binding, Scope

_ONCE = frozenset({"__init__", "__post_init__", "__attrs_post_init__", "__new__", "setup", "init"})
_MAX_ALIAS = 4


@dataclass(frozen=True, slots=True)
class LongLived:
    """A value that outlives the call it is used in: its binding, its expression, the scope of
    that, and how it is kept (in words, for a message)."""

    binding: Binding
    value: s.Expr
    scope: Scope
    how: str


def long_lived(context: Context, expr: s.Expr, use: Use) -> LongLived | None:
    """How a value outlives the call it is used in; None when it was made for this call."""
    if isinstance(expr, s.Attr):
        return _in_object(context, expr, use)
    if not isinstance(expr, s.Name):
        return None
    bindings = bindings_of(expr, use.scope)
    for _ in range(_MAX_ALIAS):
        alias = bindings[0].assigned if len(bindings) == 1 else None
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


def outlives_call(context: Context, expr: s.Expr, use: Use) -> bool:
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


def _outlives(binding: Binding, use: Use) -> LongLived | None:
    home = binding.scope
    param = binding.param
    if binding.kind == "param" and param is not None and home.parent is not None:
        if param.default is None:
            return None
        return LongLived(binding, param.default, home.parent, "made once, as a default argument")
    value = binding.assigned
    if value is None:
        return None
    if home is not use.scope:
        if home.kind not in ("module", "class") or use.scope.kind not in ("function", "lambda"):
            return None
        return LongLived(binding, value, home, "made once, when the module is loaded")
    if isinstance(value, s.Call):
        around = {n for kind, n, _ in value.context if kind == "loop"}
        if any(kind == "loop" and n not in around for kind, n, _ in use.call.context):
            return LongLived(binding, value, home, "made once, before the loop")
    return None


def _in_object(context: Context, expr: s.Attr, use: Use) -> LongLived | None:
    """`self.nonce`, when only the constructor of the class sets it."""
    owner = use.scope.owner
    if owner is None or use.scope.name in _ONCE or expr.reach or not use.scope.params:
        return None
    if not isinstance(expr.value, s.Name) or expr.value.id != use.scope.params[0].name:
        return None
    set_in: list[tuple[Binding, Scope]] = []
    for cls in class_lineage(context.resolver, owner):
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
    return LongLived(binding, binding.value, scope, "made once for the object")
