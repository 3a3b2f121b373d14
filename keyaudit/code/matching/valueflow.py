"""`flow`: a value of a certain origin reaches a role."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.argument import applies
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.returns import in_words, short
from keyaudit.code.values import Origin, Symbol

# Roles whose literals only count when they are text or bytes, and not empty.
_NEVER_LITERAL = (bool, int, float, tuple, list, type(None), Symbol)


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The sinks of the roles `to` that a value of the kinds `from` reaches."""
    parameters = match.parameters
    roles = frozenset(parameters["to"])
    kinds = frozenset(parameters.get("kinds", ()))
    for sink in context.sinks:
        if sink.role not in roles or (kinds and not kinds & sink.kinds):
            continue
        if sink.use is not None and not applies(context, sink.use, parameters):
            continue
        if sink.use is None and ("when" in parameters or "when-matches" in parameters):
            continue
        matching = [
            origin
            for origin in context.resolver.origins(sink.value, sink.scope, None)
            if _counts(context, origin, match)
        ]
        if matching and not context.silenced(match, sink.scope):
            origin = min(matching, key=lambda o: len(o.trace))
            yield _hit(rule, sink, origin, context.project_unless(match))


def _counts(context: Context, origin: Origin, match: Match) -> bool:
    parameters = match.parameters
    wanted = parameters["from"]
    if origin.kind not in wanted and not ("secret" in wanted and context.is_secret(origin)):
        return False
    if origin.kind == "literal" and (
        isinstance(origin.value, _NEVER_LITERAL) or origin.length == 0
    ):
        return False
    via = frozenset(parameters.get("via", ()))
    if (via and not via & origin.via) or origin.via & frozenset(parameters.get("not-via", ())):
        return False
    hashed = parameters.get("of")
    if hashed is None:
        return True
    return any(
        o.kind in hashed or ("secret" in hashed and context.is_secret(o)) for o in _inner(origin)
    )


def _inner(origin: Origin) -> list[Origin]:
    """What was hashed, through hashes of hashes."""
    found: list[Origin] = []
    for part in origin.of:
        found += _inner(part) if part.kind == "fast-hash" else [part]
    return found


def _hit(rule: Rule, sink: Sink, origin: Origin, project: frozenset[str]) -> Hit:
    call = sink.name if sink.name.startswith("`") else short(sink.name)
    words = {
        "call": call.strip("`"), "role": sink.role, "origin": in_words(origin.kind),
        "source": short(origin.source), "value": "", "name": call.strip("`"),
    }  # fmt: skip
    if sink.use is not None:
        step = f"used as {sink.role} of `{call}()`"
    elif sink.role == "comparison":
        step = "compared here"
    elif sink.role == "exception":
        step = "put into an exception"
    else:
        step = f"assigned to {call}"
    return Hit(
        rule, sink.scope, sink.span, f"{sink.name}:{sink.role}", words, origin, step, project
    )
