"""`declared`: what a program declares to be given, or to give, is a secret by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.declarations import (
    ansible_modules,
    endless,
    plain_settings,
    routes,
    typed,
)
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.semantics.scopes import Scope

_READERS: Mapping[str, Callable[[Scope], Iterator[Declaration]]] = {
    "module-parameter": ansible_modules.parameters,
    "module-result": ansible_modules.results,
    "module-lifetime": endless.lifetimes,
    "route": routes.parameters,
    "plain-setting": plain_settings.plain,
    "typed-in-view": typed.typed,
}


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """What is declared in the way that `as` says, each name once a function."""
    declared = _READERS[match.parameters["as"]]
    holds = frozenset(match.parameters["holds"])
    for scope in context.scopes:
        if context.silenced(match, scope):
            continue
        told: set[str] = set()
        for one in declared(scope):
            if one.held in holds and one.name not in told:
                told.add(one.name)
                words = {"name": one.name, "call": one.call}
                yield Hit(rule, scope, one.place, f"declared:{one.name}", words)
