"""Dicts into which encrypted values are put: what was in them before is encrypted as well, whatever
they are called (`passwords[site] = {"password": box.encrypt(password)}`)."""

from __future__ import annotations

from keyaudit.code import syntax as s
from keyaudit.code.matching.stored_entries import put_into
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.mutations import path_of
from keyaudit.code.semantics.scopes import Scope

_SEALED = frozenset({"ciphertext", "wrapped-key", "fast-hash"})
# What was read is called after the whole, and may be any of its parts.
_READ = frozenset({"file", "unknown", "database"})
_MOST = 16


def without_sealed(
    resolver: Resolver, found: list[Origin], whole: s.Expr, scope: Scope
) -> list[Origin]:
    """The origins of a dict without what it held before, where what is put into it is encrypted or
    hashed."""
    if not any(origin.called and origin.kind in _READ for origin in found):
        return found
    path = path_of(whole)
    put = [
        origin
        for binding in (put_into(path, scope) if path is not None else ())
        if binding.value is not None
        for origin in resolver.origins(binding.value, scope, None)
    ]
    parts = [
        inner
        for outer in put[:_MOST]
        if outer.kind == "container"
        for inner in of_element(resolver, outer, None)
    ]
    if not any(origin.kind in _SEALED for origin in (*put, *parts)):
        return found
    return [o for o in found if o.kind not in _READ or not o.called]
