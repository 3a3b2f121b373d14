"""`lifetime`: a call needs another before or after it in the same function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.sinks import Use
from keyaudit.code.returns import short
from keyaudit.code.scopes import Scope
from keyaudit.code.syntax import Call


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The calls that lack the call they need."""
    parameters = match.parameters
    asked = frozenset(parameters["call"])
    after = frozenset(parameters.get("after", ()))
    before = frozenset(parameters.get("before", ()))
    function = re.compile(parameters["function"]) if "function" in parameters else None
    for use in context.uses:
        if not asked & use.model.kinds or context.silenced(match, use.scope):
            continue
        if function is not None and not function.search(use.scope.qualname):
            continue
        others = _calls_near(context, use.scope)
        met = False
        if after:
            later = [c for c, scope in others if c.order > use.call.order
                     and after & context.kinds_of(c, scope)]  # fmt: skip
            met = (
                any(_certain(c) for c in later) if parameters.get("on-every-exit") else bool(later)
            )
        if before and not met:
            met = any(c.order < use.call.order and before & context.kinds_of(c, scope)
                      for c, scope in others)  # fmt: skip
        if not met:
            yield _hit(rule, use, context.project_unless(match))


def _calls_near(context: Context, scope: Scope) -> list[tuple[Call, Scope]]:
    """The calls of the function, or of the module's top level for a script."""
    scopes = context.module.loaded() if scope.kind == "module" else [scope, *scope.children]
    return [(call, inner) for inner in scopes for call in inner.calls]


def _certain(call: Call) -> bool:
    """Whether a call happens however the function is left."""
    return any(kind == "try" and part == "final" for kind, _, part in call.context)


def _hit(rule: Rule, use: Use, project: frozenset[str]) -> Hit:
    place = (use.call.pos, use.call.func.end)
    words = {"call": short(use.model.name), "name": use.scope.name or "the module"}
    return Hit(rule, use.scope, place, use.model.name, words, unless_project=project)
