"""`lifetime`: a call needs another before or after it in the same function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.related import is_in_branch_of
from keyaudit.code.matching.spoken import is_said
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import Call, last_part
from keyaudit.core.rule_patterns import compiled

_MAX_DEPTH = 1


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The calls that lack the call that has to come before or after them."""
    parameters = match.parameters
    asked = frozenset(parameters["call"])
    after = frozenset(parameters.get("after", ()))
    before = frozenset(parameters.get("before", ()))
    function = compiled(parameters["function"]) if "function" in parameters else None
    if parameters.get("through"):
        yield from _through(context, rule, match, asked)
        return
    for use in context.uses:
        if not asked & use.model.kinds or context.silenced(match, use.scope):
            continue
        if function is not None and not function.search(use.scope.qualname):
            continue
        if is_in_branch_of(use.scope, use.call.context, parameters.get("unless-if")):
            continue
        met = False
        if after:
            later = _calls_near(context, use.scope, after)
            if parameters.get("on-every-exit"):
                later = [call for call in later if _certain(call)]
            met = any(call.order > use.call.order for call in reversed(later))
        if before and not met:
            near = _calls_near(context, use.scope, before)
            met = any(call.order < use.call.order for call in near)
        if not met:
            yield _hit(rule, use, context.project_unless(match))


def _through(context: Context, rule: Rule, match: Match, asked: frozenset[str]) -> Iterator[Hit]:
    """The first call in a function that is one of these kinds, or calls a function that makes one:
    `rotate` calls `self._new_key`, which makes the key."""
    function = compiled(match.parameters["function"])
    without = match.parameters.get("without")
    for scope in context.scopes:
        if scope.kind != "function" or not function.search(scope.qualname):
            continue
        if context.silenced(match, scope):
            continue
        found = next(
            (call for call in scope.calls if asked & _modelled(context, call, scope)), None
        )
        if found is not None and without and is_said(context, scope, re.compile(without)):
            continue
        if found is not None:
            words = {"call": f"{last_part(found.func)}", "name": scope.name}
            place = (found.pos, found.func.end)
            yield Hit(rule, scope, place, scope.qualname, words,
                      unless_project=context.project_unless(match))  # fmt: skip


def _modelled(context: Context, call: Call, scope: Scope, depth: int = 0) -> frozenset[str]:
    """The kinds of a call by its model, or by those in the function that it calls."""
    found: set[str] = set()
    for callee in callees(context.resolver, call, scope, None):
        if callee.model is not None:
            found |= callee.model.kinds
        elif callee.function is not None and depth < _MAX_DEPTH:
            for inner in callee.function.calls:
                found |= _modelled(context, inner, callee.function, depth + 1)
    return frozenset(found)


def _calls_near(context: Context, scope: Scope, kinds: frozenset[str]) -> list[Call]:
    """The calls of these kinds in the function, or in the module's top level for a script."""

    def find() -> list[Call]:
        scopes = context.module.loaded() if scope.kind == "module" else [scope, *scope.children]
        return [call for inner in scopes for call in inner.calls
                if kinds & context.kinds_of(call, inner)]  # fmt: skip

    if scope.kind == "module":  # what else is read meanwhile counts as well
        return context.once(("near", context.module.pieces_read, kinds), find)
    return context.once(("near in", id(scope), kinds), find)


def _certain(call: Call) -> bool:
    """Whether a call happens however the function is left."""
    return any(kind == "try" and part == "final" for kind, _, part in call.context)


def _hit(rule: Rule, use: Use, project: frozenset[str]) -> Hit:
    place = (use.call.pos, use.call.func.end)
    words = {"call": short_name(use.model.name), "name": use.scope.name or "the module"}
    return Hit(rule, use.scope, place, use.model.name, words, unless_project=project)
