"""What stands in an `except` that takes every error, or in a function that is called from one."""

from __future__ import annotations

import re

from keyaudit.code import syntax as s
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope, TryFacts


def is_after_any_error(scope: Scope, place: tuple[int, int], errors: frozenset[str]) -> bool:
    """Whether a place stands in an `except` that is bare or names one of these alone."""
    return _broad_try(scope, place, errors) is not None


def is_called_after_any_error(
    resolver: Resolver, scope: Scope, tried: str, errors: frozenset[str]
) -> bool:
    """Whether a function is called in such an `except`, where the calls that are tried before it
    match `tried`, as they are written."""
    if scope.kind != "function":
        return False
    for call, caller in callers_of(resolver, scope):
        facts = _broad_try(caller, (call.pos, call.end), errors)
        if facts is not None and re.search(tried, _tried(caller, facts)):
            return True
    return False


def _broad_try(scope: Scope, place: tuple[int, int], errors: frozenset[str]) -> TryFacts | None:
    """The `try` in whose handler of these errors, or of all, a place stands."""
    if not scope.tries:
        return None
    numbers = {
        number
        for call in scope.calls
        if call.pos <= place[0] and place[1] <= call.end
        for kind, number, part in call.context
        if (kind, part) == ("try", "handler")
    }
    for facts in scope.tries:
        if facts.number in numbers:
            before = [handler for handler in facts.handlers if handler.pos < place[0]]
            kind = before[-1].type if before else None
            if before and (kind is None or s.last_part(kind) in errors):
                return facts
    return None


def _tried(scope: Scope, facts: TryFacts) -> str:
    """The calls in the body of a `try`, as they are written."""
    text = scope.module.text
    return "\n".join(
        text[call.pos : call.end]
        for call in scope.calls
        if ("try", facts.number, "body") in call.context
    )
