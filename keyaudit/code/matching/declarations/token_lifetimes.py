"""How long tokens, sessions and links that let somebody in are good: settings, options, defaults
and the `exp` of a token, whose names say so, and whose values are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import (
    MAKES_TOKEN,
    Declaration,
    entries,
    last_item,
    tables_of,
)
from keyaudit.code.matching.surroundings import block_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.quantities import quantity

_DAY = 86400.0
_UNITS = {
    "second": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0, "hr": 3600.0,
    "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY, "year": 365 * _DAY,
}  # fmt: skip
_WORDS = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LIFE = frozenset({
    "exp", "expire", "expires", "expiry", "expiration", "expirations", "lifetime", "lifespan",
    "life", "ttl", "age", "maxage", "timeout", "duration", "validity", "valid",
})  # fmt: skip
# By which words of its name, or of what it is given to, a lifetime is one of which; the first wins.
_PURPOSES: dict[str, frozenset[str]] = {
    "reset": frozenset({"reset", "recover", "recovery", "forgot", "forgotten", "magic"}),
    "refresh": frozenset({"refresh", "remember"}),
    "invitation": frozenset({"activation", "activate", "verification", "verify", "confirm",
                             "confirmation", "invite", "invitation", "registration", "signup"}),
    "session": frozenset({"session", "sessions", "login", "signin"}),
    "access": frozenset({"access", "jwt", "bearer"}),
    "token": frozenset({"token", "tokens", "auth"}),
}  # fmt: skip
# What of such a name lets nobody in, or ends for other reasons.
_OTHERS = frozenset({
    "cache", "cached", "lock", "csrf", "xsrf", "presigned", "presign", "push", "dns", "static",
    "cors", "cert", "certificate", "ca", "backup", "log", "logs", "retention", "request", "connect",
    "connection", "read", "socket", "http", "password", "account", "trial", "subscription",
    "device", "api", "key", "lease", "limit", "rate", "block", "ban", "history", "locale",
    "language", "consent", "file", "files", "upload", "image", "feed", "min", "cleanup",
    "prune", "purge",
})  # fmt: skip
_RESETS = frozenset({"password", "account", "api", "key"})  # beside what says what it is for
# A token that others ask for, by rules of their own.
_FOREIGN = regex(r"(?i)\bapns\b|apple|team_id|licen[cs]e|github_app|app_store|sas_token")
# What an argument counts as that is given by its place to a function that makes a token. It has to
# be a length of time (`timedelta`), as a number may be anything.
_BY_PLACE = "expires"


class _Name(NamedTuple):
    """A name that says how long something is good: of what, and what a bare number counts
    (seconds)."""

    purpose: str
    unit: float


def of(resolver: Resolver, scope: Scope) -> Iterator[Declaration]:
    """The lifetimes that are given in a scope, with their days; `held` is whose end it is."""
    told: set[int] = set()
    for name, also, value, place in _given(resolver, scope):
        read = _read(name, also)
        if read is None or value.pos in told:
            continue
        if _is_off(name, value):
            told.add(value.pos)
            yield Declaration(name, name, "endless", place)
            continue
        days = _longest(resolver, scope, name, read, value)
        if days is not None and not _FOREIGN.search(block_of(scope)):
            told.add(value.pos)
            yield Declaration(name, name, read.purpose, place, days)


def _given(resolver: Resolver, scope: Scope) -> Iterator[tuple[str, str, s.Expr, tuple[int, int]]]:
    """What is given a value: its name, what else says whose it is, the value, and the place."""
    about = scope.qualname
    for path, bindings in scope.bindings.items():
        for binding in bindings:
            if (value := binding.assigned) is not None:
                item = last_item(path)
                whose = about if item == "exp" or scope.kind == "class" else ""
                yield item or path, whose, value, (binding.pos, binding.end)
    for param in scope.params:
        if param.default is not None:
            yield param.name, scope.name, param.default, (param.pos, param.end)
    for call in scope.calls:
        whose = s.last_part(call.func)
        if whose == "set_cookie" and call.args:
            text = scope.module.text
            whose = text[call.args[0].value.pos : call.args[0].value.end]
        elif re.search(r"(?i)token|jwt|link|encode|sign|serial", whose):
            whose = f"{whose}/{scope.name}"  # which one it makes, the function around it may say
        makes = MAKES_TOKEN.match(s.last_part(call.func)) is not None
        names = _names_by_place(resolver, call, scope) if makes else []
        for number, arg in enumerate(call.args):
            if arg.name is not None:
                yield arg.name, whose, arg.value, (arg.value.pos, arg.value.end)
            elif number < len(names) and not arg.star and _is_told(names[number], whose):
                yield names[number], whose, arg.value, (arg.value.pos, arg.value.end)
            elif makes and not arg.star and isinstance(arg.value, s.Name | s.Call):
                yield _BY_PLACE, whose, arg.value, (arg.value.pos, arg.value.end)
    for display in tables_of(scope):
        for name, value, place in entries(display):
            yield name, about if name == "exp" else "", value, place


def _names_by_place(resolver: Resolver, call: s.Call, scope: Scope) -> list[str]:
    """What a function of the project calls the parameters that its arguments go to by place."""
    for callee in callees(resolver, call, scope, None):
        if callee.function is not None:
            names = [param.name for param in callee.function.params]
            return names[1:] if names[:1] in (["self"], ["cls"]) else names
    return []


def _read(name: str, also: str) -> _Name | None:
    words = [word.lower() for word in _WORDS.findall(name)]
    if _LIFE.isdisjoint(words):
        return None
    unit = next((_UNITS[w.rstrip("s")] for w in reversed(words) if w.rstrip("s") in _UNITS), 1.0)
    mine = frozenset(words)
    purpose = _purpose(mine)
    if purpose is None and _is_bare(mine):
        for said in also.split("/"):
            if purpose in (None, "token"):
                further = _purpose(mine | {word.lower() for word in _WORDS.findall(said)})
                purpose = further or purpose
        if purpose is None and name == "exp" and also:
            purpose = "token"
    return None if purpose is None else _Name(purpose, unit)


def _is_bare(words: frozenset[str]) -> bool:
    """Whether a name says that something ends and nothing of what."""
    said = words - _LIFE - {"in", "at", "on", "delta", "time", "max", "self", "cls", "for", "until",
                            "after", "default"}  # fmt: skip
    return all(word.rstrip("s") in _UNITS for word in said)


def _purpose(words: frozenset[str]) -> str | None:
    if {"set", "password"} <= words:
        return "reset"
    for purpose, named in _PURPOSES.items():
        if not named.isdisjoint(words):
            others = words & _OTHERS
            if purpose in ("reset", "invitation"):
                others -= _RESETS
            return None if others else purpose
    return None


def _is_off(name: str, value: s.Expr) -> bool:
    """Whether an end is switched off: `JWT_ACCESS_TOKEN_EXPIRES = False`."""
    return (
        isinstance(value, s.Const) and value.value is False
        and re.search(r"(?i)(?:^|_)expir(?:es|y|ation)(?:_delta)?$", name) is not None
    )  # fmt: skip


def _longest(
    resolver: Resolver, scope: Scope, name: str, read: _Name, value: s.Expr
) -> float | None:
    """The most days that it may be good for, as far as they are known; None where nothing is, or
    where a setting is told that the value comes from."""
    known: list[float] = []
    for origin in resolver.origins(value, scope, None):
        if any(_is_told(held) for held in origin.names if held != name):
            return None
        if name == _BY_PLACE and not isinstance(origin.value, timedelta):
            continue
        days = _days(origin, read.unit)
        if days is not None:
            known.append(days)
    return max(known, default=None)


def _is_told(name: str, also: str = "") -> bool:
    """Whether what a value came from, or goes to, says itself whose end it is."""
    return _read(name, also) is not None


def _days(origin: Origin, unit: float) -> float | None:
    value = origin.value
    if isinstance(value, timedelta):
        return value.total_seconds() / _DAY
    if origin.kind == "clock" or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value * unit / _DAY
    if isinstance(value, str):
        bare = quantity(value, None)
        if bare is not None:
            return bare * unit / _DAY if len(value) < 10 else None
        return quantity(value.lower(), "seconds")
    return None
