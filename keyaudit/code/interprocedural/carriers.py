"""Finds names that carry a secret into parts of a file that no rule would otherwise read.

`sign()` computes a MAC, and another function compares what it returns; a module-level key is
printed in a function that does nothing else; a key is passed to a function that logs it. The
pieces of the file that name such a carrier are parsed as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from keyaudit.code.matching.context import Context
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.model_index import CARRIED
from keyaudit.code.provenance.names import bindings_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Binding, Scope
from keyaudit.code.syntax import Attr, Call, Expr, Lambda, Name, last_part

_KEY_ROLES = frozenset({"key", "private-key", "password"})
_MIN_WORD = 3
_MAX_NESTING = 2
MAX_PIECES = 16
# Functions and modules that are passed as values.
_CALLABLE = frozenset({"callable", "module"})


def carrier_names(context: Context, imported: Set[str]) -> frozenset[str]:
    """The functions, classes and module-level names that return or hold a secret or a MAC;
    `imported` are those of other files."""
    found = set(imported)
    for scope in giving_scopes(context, found):
        found |= set(_through(context, scope))
    for sink in context.sinks:
        if sink.role in _KEY_ROLES:
            found |= set(_global(sink))
    return frozenset(name for name in found if len(name) >= _MIN_WORD or name.isupper())


def giving_scopes(context: Context, found: Set[str]) -> Iterator[Scope]:
    """The scopes that make a secret or a MAC, or call a function of `found`, each once. Whoever
    asks adds the names of such functions to `found` meanwhile: a function may stand above the one
    that it gets its secret from."""
    makers = {id(use.scope) for use in context.uses if creates_secret(use)}
    left = list(context.scopes)
    known = -1
    while left and known != len(found):
        known = len(found)
        later: list[Scope] = []
        for scope in left:
            if id(scope) in makers or calls_any(scope, found):
                yield scope
            else:
                later.append(scope)
        left = later


def creates_secret(use: Use) -> bool:
    """Whether the model of a call says that it returns a secret or a MAC; nothing else is asked."""
    returns = use.model.returns
    made = [returns, *returns.get("fields", {}).values()]
    return any(spec.get("origin") in CARRIED for spec in made)


def calls_any(scope: Scope, functions: Set[str]) -> bool:
    """Whether a scope calls a function of one of these names."""
    return any(last_part(call.func) in functions for call in scope.calls)


def _through(context: Context, scope: Scope) -> Iterator[str]:
    """The names through which the rest of the file gets what a scope makes: its function, its
    class, and the module-level names it sets."""
    owner = scope.enclosing_class
    if owner is not None:
        yield owner.name
    if scope.kind == "function" and returns_secret(context, scope):
        yield scope.name
    if scope.kind == "lambda" and scope.parent is not None:
        for name, bindings in scope.parent.bindings.items():
            if any(isinstance(b.value, Lambda) and b.value.scope is scope for b in bindings):
                yield name
    for name, bindings in scope.bindings.items():
        root = re.split(r"[.\[]", name)[0]
        shared = scope.kind == "module" or root in scope.outer
        if shared and any(binds_secret(context, binding) for binding in bindings):
            yield root


def returns_secret(context: Context, function: Scope) -> bool:
    """Whether a function returns or yields a secret or a MAC."""
    given = [*function.returns, *(each.value for each in function.yields)]
    return any(
        carries_secret(context, origin)
        for value in given
        for origin in context.resolver.origins(value, function, None)
    )


def binds_secret(context: Context, binding: Binding) -> bool:
    """Whether an assignment gives its name a secret or a MAC."""
    if binding.kind not in ("value", "unpack") or binding.value is None:
        return False
    return any(
        carries_secret(context, o) for o in context.resolver.origins_of_binding(binding, None)
    )


def carries_secret(context: Context, origin: Origin, depth: int = 0) -> bool:
    """Whether a value is a secret or a MAC, or a list or dict that holds one."""
    if origin.kind == "container" and depth < _MAX_NESTING:
        inner = of_element(context.resolver, origin, None)
        return any(carries_secret(context, each, depth + 1) for each in inner)
    made = origin.node
    if origin.kind == "instance" and depth < _MAX_NESTING and isinstance(made, Call) and made.scope:
        home = made.scope
        return any(
            carries_secret(context, each, depth + 1)
            for arg in made.args
            for each in context.resolver.origins(arg.value, home, None)
        )
    return origin.kind in CARRIED


def pieces_given_secrets(context: Context, unread: Mapping[str, int]) -> set[int]:
    """The pieces whose function or class is called with a secret, or with a modelled function or
    module: what is done with `AES` in `Runner(AES)`, the class says.

    `unread` has the pieces that were not parsed yet, by the name that they define; their numbers
    are what is returned.
    """
    found: set[int] = set()
    for scope in context.scopes:
        for call in scope.calls:
            called = {last_part(call.func), *(_name(arg.value) for arg in call.args)}
            numbers = {
                unread[name] for name in called if name is not None and name in unread
            } - found
            if numbers and any(
                carries_secret(context, origin) or _is_library(origin)
                for arg in call.args
                for origin in context.resolver.origins(arg.value, scope, None)
            ):
                found |= numbers
    return found


def _is_library(origin: Origin) -> bool:
    """Whether a value is itself a function or module of a modelled library."""
    return origin.kind in _CALLABLE and not origin.source.startswith("builtins.")


def _name(expr: Expr) -> str:
    """The name of a function passed as an argument, as to `partial`; "" for anything else."""
    return expr.id if isinstance(expr, Name) else ""


def _global(sink: Sink) -> Iterator[str]:
    """The module-level name whose value a sink takes as a key, if it is one."""
    value = sink.value
    if isinstance(value, Call) and isinstance(value.func, Attr):
        value = value.func.value  # `password.encode()`
    if isinstance(value, Name):
        for binding in bindings_of(value, sink.scope):
            if binding.kind == "value" and binding.scope.kind == "module":
                yield binding.name
