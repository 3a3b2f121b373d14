"""`declared`: what a program declares to be given, or to give, is a secret by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching import opening_routes
from keyaudit.code.matching.conditions import limit_of
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.declarations import (
    ansible_modules,
    answer_rows,
    answer_schemas,
    appended_secrets,
    default_digests,
    empty_passphrases,
    endless,
    framework_tokens,
    kept_typed,
    key_sizes,
    left_after_end,
    loose_ends,
    offers,
    own_algorithms,
    own_askers,
    own_exchanges,
    own_texts,
    password_lengths,
    plain_addresses,
    plain_servers,
    plain_settings,
    query_parameters,
    routes,
    token_algorithms,
    token_lifetimes,
    typed,
    uncalled_cleaners,
    unchecked_settings,
    unended_tokens,
    unheeded_checks,
    unlimited_passwords,
)
from keyaudit.code.matching.declarations.declaration import Declaration
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope

_READERS: Mapping[str, Callable[[Scope], Iterator[Declaration]]] = {
    "module-parameter": ansible_modules.parameters,
    "module-result": ansible_modules.results,
    "module-lifetime": endless.lifetimes,
    "route": routes.parameters,
    "own-key-exchange": own_exchanges.unauthenticated,
    "plain-address": plain_addresses.taken_as_plain,
    "plain-setting": plain_settings.plain,
    "plain-server": plain_servers.servers,
    "plain-directory": plain_servers.directories,
    "unchecked-setting": unchecked_settings.unchecked,
    "query-parameter": query_parameters.of_query,
    "query-or-body": query_parameters.of_query_or_body,
    "end-may-be-empty": loose_ends.of,
    "appended-secret": appended_secrets.of,
    "framework-token": framework_tokens.of,
    "uncalled-cleaner": uncalled_cleaners.of,
    "kept-code": kept_typed.codes,
    "algorithm-of-token": token_algorithms.chosen_by_token,
    "default-digest": default_digests.of,
    "short-key-size": key_sizes.of,
    "offered-digest": offers.digests,
    "offered-mode": offers.modes,
    "offered-cipher": offers.ciphers,
    "offered-padding": offers.paddings,
    "offered-version": offers.versions,
    "broken-suite": offers.broken_suites,
    "old-suite": offers.old_suites,
    "typed-in-view": typed.typed,
    "passphrase-may-be-empty": empty_passphrases.offered,
    "own-algorithm": own_algorithms.of,
    "own-text": own_texts.shown,
    "error-not-raised": unheeded_checks.not_raised,
    "check-dropped": unheeded_checks.dropped,
    "check-asserted": unheeded_checks.asserted,
    "password-length": password_lengths.of,
    "password-in-form": unlimited_passwords.in_forms,
    "password-in-request": unlimited_passwords.in_requests,
}

# ... and those that ask where a value comes from.
_ASKING: Mapping[str, Callable[[Resolver, Scope], Iterator[Declaration]]] = {
    "answer-schema": answer_schemas.shown,
    "answer-row": answer_rows.shown,
    "kept-typed": kept_typed.of,
    "typed-for-own": own_askers.typed,
    "left-after-end": left_after_end.of,
    "token-lifetime": token_lifetimes.of,
    "token-without-end": unended_tokens.of,
}

# ... or which values reach a role.
_OF_FILE: Mapping[str, Callable[[Context, Scope], Iterator[Declaration]]] = {
    "opening-route": opening_routes.opening,
}


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
        for one in _declared(way, context, scope):
            if one.held in holds and one.name not in told and (limit is None or one.days > limit):
                told.add(one.name)
                words = {"name": one.name, "call": one.call, "value": _shown(one.days),
                         "limit": limit}  # fmt: skip
                yield Hit(rule, scope, one.place, f"declared:{one.name}", words,
                          unless_project=context.project_unless(match) | one.unless)  # fmt: skip


def _declared(way: str, context: Context, scope: Scope) -> list[Declaration]:
    """What is declared in a scope in one way, read once for all matches that ask for that way."""

    def read() -> list[Declaration]:
        if way in _OF_FILE:
            return list(_OF_FILE[way](context, scope))
        reader = _READERS.get(way)
        return list(reader(scope) if reader else _ASKING[way](context.resolver, scope))

    return context.once(("declared", way, id(scope)), read)


def _shown(days: float) -> str:
    return f"{days:.0f}" if days >= 2 else f"{days:.1f}"
