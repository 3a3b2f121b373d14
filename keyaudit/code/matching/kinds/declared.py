"""`declared`: what a program declares to be given, or to give, is a secret by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.conditions import limit_of
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.declarations import (
    ansible_modules,
    endless,
    plain_settings,
    routes,
    token_lifetimes,
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

_LIFETIME = "token-lifetime"


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """What is declared in the way that `as` says, each name once a function; of lifetimes those
    that are longer than `above`."""
    way = match.parameters["as"]
    holds = frozenset(match.parameters["holds"])
    limit = limit_of(match.parameters.get("above"), context.policy, lambda role: None)
    for scope in context.scopes:
        if context.silenced(match, scope):
            continue
        told: set[str] = set()
        declared = (
            token_lifetimes.of(context.resolver, scope)
            if way == _LIFETIME
            else _READERS[way](scope)
        )
        for one in declared:
            if one.held in holds and one.name not in told and (limit is None or one.days > limit):
                told.add(one.name)
                words = {"name": one.name, "call": one.call, "value": _shown(one.days),
                         "limit": limit}  # fmt: skip
                yield Hit(rule, scope, one.place, f"declared:{one.name}", words)


def _shown(days: float) -> str:
    return f"{days:.0f}" if days >= 2 else f"{days:.1f}"
