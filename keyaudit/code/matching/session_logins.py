"""What a client's session sends with each of its requests: `session.auth = (user, password)`,
`session.headers["Authorization"] = token`, set in the same function or by the object it is of."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope

_HTTP = "http"
_MOST_METHODS = 40


def sent_along(use: Use) -> Iterator[s.Expr]:
    """The values that the session which a request is made by has for its login and headers."""
    func = use.call.func
    if _HTTP not in use.model.kinds or not isinstance(func, s.Attr):
        return
    path = path_of(func.value)
    if path is None:
        return
    for scope in _scopes(use.scope, path):
        for name, bindings in scope.bindings.items():
            if name in (f"{path}.auth", f"{path}.headers") or name.startswith(f"{path}.headers["):
                yield from (b.value for b in bindings if _is_set(b, scope, use) and b.value)


def _is_set(binding: Binding, scope: Scope, use: Use) -> bool:
    if binding.kind not in ("value", "grow") or binding.value is None:
        return False
    return scope is not use.scope or binding.pos < use.call.pos


def _scopes(scope: Scope, path: str) -> Iterator[Scope]:
    """Where a session may have been set up: the function itself, and of an object's own session the
    methods of its class."""
    yield scope
    cls = scope.enclosing_class
    if path.startswith("self.") and cls is not None:
        yield from (each for each in cls.children[:_MOST_METHODS] if each is not scope)
