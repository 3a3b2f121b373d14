"""Finds what was stored in a dict that comes from elsewhere: `config["token"] = token;
dump(config)`."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Binding, Scope

_MAX_ENTRIES = 32


def stored_entries_of(value: s.Expr, scope: Scope) -> list[Binding]:
    """The assignments to items of the variable or attribute that an expression reads, before it
    in its function; for an attribute of `self`, those in any method of the class."""
    path = path_of(value)
    if path is None or path.endswith("]"):
        return []
    found = [b for b in _put_into(path, scope) if b.pos < value.pos]
    owner = scope.owner
    if "." in path and owner is not None:
        for method in owner.children:
            if method is not scope:
                found += _put_into(path, method)
    return found[:_MAX_ENTRIES]


def _put_into(path: str, scope: Scope) -> Iterator[Binding]:
    for name, bindings in scope.bindings.items():
        if name.startswith(f"{path}["):
            yield from (binding for binding in bindings if binding.kind == "value")
