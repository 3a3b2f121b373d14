"""Secrets that a person types in view for a function of the project's own, which asks on the
terminal: `password = ask("Password")`, where `ask` calls `input`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.matching.declarations.said import names_of_results, text_of
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY, PASSWORD, TOKEN, reading

_ASKS = regex(r"(?<![\w.])(?:raw_)?input\(")
# One that can hide what is typed, or checks what it gets without giving it back.
_HIDES = regex(r"getpass|hide|hidden|secret|no_?echo|is_password|mask", re.IGNORECASE)
_RETURNS = regex(r"(?m)^[ \t]+return[ \t]+(?!None\b|True\b|False\b)[\w(\[]|^def[^\n]*: *return ")
_MAY_ASK = regex(r"(?i)ask|prompt|input|question|response|answer|enter|read")
# What yes or no is asked of, and where a secret is.
_OTHER = regex(r"(?i)\by/n\b|yes/no|\bfile|\bpath|\bfolder|how many")


def typed(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The results of such functions that are called a password, token or key."""
    results = names_of_results(scope)
    for call in scope.calls:
        name = results.get(id(call), "")
        held = reading(name) if name else ""
        if held not in (PASSWORD, TOKEN, KEY):
            continue
        if _OTHER.search(" ".join(text_of(value) for value in call.by_position())):
            continue
        called = callees(resolver, call, scope, None)
        if any(one.function is not None and _asks(resolver, one.function) for one in called):
            yield Declaration(name, last_part(call.func), held, (call.pos, call.func.end))


def _asks(resolver: Resolver, function: Scope, depth: int = 0) -> bool:
    """Whether a function gives back what a person typed into `input`, in it or in one that it
    calls."""
    source = source_of(function)
    if _RETURNS.search(source) is None or _HIDES.search(source) is not None:
        return False
    if _ASKS.search(source) is not None:
        return True
    return depth == 0 and any(
        one.function is not None and _asks(resolver, one.function, 1)
        for call in function.calls
        if _MAY_ASK.search(last_part(call.func))
        for one in callees(resolver, call, function, None)
    )
