"""Names that carry a secret to parts of the file that have no anchor of their own.

`sign()` computes a MAC, and another function compares what it returns; a module-level key is
printed in a function that does nothing else. The pieces of the file that speak of such a name
are read as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code.matching.context import SECRET, Context
from keyaudit.code.matching.sinks import Sink, Use
from keyaudit.code.names import bindings_of
from keyaudit.code.scopes import Scope
from keyaudit.code.syntax import Attr, Call, Name

_CARRIED = SECRET | {"mac"}
_KEY_ROLES = frozenset({"key", "private-key", "password"})
_MIN_WORD = 3
MAX_PIECES = 16


def names(context: Context) -> frozenset[str]:
    """The functions and module-level names through which a secret or a MAC is to be had."""
    makers = {id(use.scope): use.scope for use in context.uses if _makes(use)}
    found: set[str] = set()
    for scope in makers.values():
        if scope.kind == "function" and _gives(context, scope):
            found.add(scope.name)
        elif scope.kind == "module":
            found |= set(_held(context, scope))
    for sink in context.sinks:
        if sink.role in _KEY_ROLES:
            found |= set(_global(sink))
    return frozenset(name for name in found if len(name) >= _MIN_WORD)


def _makes(use: Use) -> bool:
    """Whether a secret or a MAC is born in a call. To ask every function would cost too much."""
    returns = use.model.returns
    made = [returns, *returns.get("fields", {}).values()]
    return any(spec.get("origin") in _CARRIED for spec in made)


def _gives(context: Context, function: Scope) -> bool:
    return any(
        origin.kind in _CARRIED
        for value in function.returns
        for origin in context.resolver.origins(value, function, None)
    )


def _held(context: Context, scope: Scope) -> Iterator[str]:
    for name, bindings in scope.bindings.items():
        for binding in bindings:
            if binding.kind == "value" and binding.value is not None and name.isidentifier():
                origins = context.resolver.origins(binding.value, scope, None)
                if any(origin.kind in _CARRIED for origin in origins):
                    yield name


def _global(sink: Sink) -> Iterator[str]:
    """A module-level name whose value plays the role of a key."""
    value = sink.value
    if isinstance(value, Call) and isinstance(value.func, Attr):
        value = value.func.value  # `password.encode()`
    if isinstance(value, Name):
        for binding in bindings_of(value, sink.scope):
            if binding.kind == "value" and binding.scope.kind == "module":
                yield binding.name
