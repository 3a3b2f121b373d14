"""`shared`: one value plays two roles that must not be played by the same value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.provenance.origin import STRUCTURE, Origin, Symbol
from keyaudit.core.patterns import regex

# What was put together from other values, or is a fast hash of one, is another value.
_OTHER = frozenset({"format", "join", "hash"})

_OLD = regex(r"(?:md[45]|a?rc4|3?des)(?![a-z])", re.IGNORECASE)
_NEW = regex(r"(?:aes|sha_?(?:2|256|384|512))(?![a-z])", re.IGNORECASE)

# What a program's settings hold is the same wherever they are asked.
_SETTING = regex(
    r"(?:(?:current_)?app\.)?(?i:settings|config|conf|cfg|app_config|app_settings)"
    r"(?:\.\w+|\[[\"']\w+[\"']\]){1,3}\Z"
)

Identity = tuple[Any, ...]


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The sinks of `role` whose value also reaches the role of `also`."""
    parameters = match.parameters
    also = parameters["also"]
    others: dict[Identity, list[tuple[Sink, Origin]]] = {}
    kinds = frozenset(parameters.get("from", ()))
    for sink in context.sinks:
        if _plays(sink, also):
            for origin, identity in _values(context, sink):
                if kinds and origin.kind not in kinds:
                    continue
                others.setdefault(identity, []).append((sink, origin))
    if not others:
        return
    hashed = bool(parameters.get("hashed"))
    for sink in context.sinks:
        if _plays(sink, parameters) and not context.silenced(match, sink.scope):
            found = _first(context, sink, others, hashed=hashed)
            if found is not None:
                yield _hit(rule, sink, *found)


def _plays(sink: Sink, asked: Mapping[str, Any]) -> bool:
    kinds = frozenset(asked.get("kinds", ()))
    return sink.role == asked["role"] and (not kinds or bool(kinds & sink.kinds))


def _values(context: Context, sink: Sink) -> Iterator[tuple[Origin, Identity]]:
    for origin in context.resolver.origins(sink.value, sink.scope, None):
        identity = _identity(origin)
        if identity is not None:
            yield origin, identity


def _hashed(context: Context, sink: Sink) -> Iterator[tuple[Origin, Identity]]:
    """What the value is a fast hash of, and of nothing besides."""
    for origin in context.resolver.origins(sink.value, sink.scope, None):
        parts = [part for part in origin.of if part.kind not in ("literal", "none")]
        if origin.kind != "fast-hash" or len(parts) != 1:
            continue
        inner = parts[0]
        identity = _identity(inner)
        if identity is not None:
            steps = (*inner.trace, *origin.trace)
            yield replace(inner, trace=steps, via=inner.via | {"hash"}), identity


def _identity(origin: Origin) -> Identity | None:
    """What is equal for two origins only when they are the same value, or parts of it."""
    # Of a hash the node is the call that makes it.
    other = origin.via & (_OTHER - {"hash"} if origin.kind == "fast-hash" else _OTHER)
    if origin.kind == "unknown" and not other:
        said = origin.module.text[origin.node.pos : origin.node.end]
        return ("setting", said) if _SETTING.match(said) else None
    if origin.kind == "unknown" or origin.kind in STRUCTURE or other:
        return None
    if origin.kind == "literal" and not _is_text(origin.value):
        return None
    if any(step.text == "through `bytearray()`" for step in origin.trace):
        return None  # its bytes may have been changed since
    # Two calls of one function may return two values, even from the same expression.
    calls = tuple(
        (step.module.path, step.pos) for step in origin.trace if step.text.startswith("returned by")
    )
    items = frozenset(label for label in origin.via if label.startswith("["))
    return (origin.module.path, origin.kind, origin.node.pos, origin.node.end, calls, items)


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes) and not isinstance(value, Symbol) and bool(value)


def _first(
    context: Context,
    sink: Sink,
    others: Mapping[Identity, list[tuple[Sink, Origin]]],
    *,
    hashed: bool,
) -> tuple[Origin, Sink] | None:
    for origin, identity in (_hashed if hashed else _values)(context, sink):
        for other, reached in others.get(identity, ()):
            both_cut = "slice" in origin.via and "slice" in reached.via
            same_call = other.use is not None and other.use is sink.use and other.role == sink.role
            if both_cut or same_call or _either(sink, other, origin):
                continue
            if not _are_alternatives(sink, other):
                return origin, other
    return None


def _are_alternatives(one: Sink, other: Sink) -> bool:
    """Whether two places are, by the names of their functions and the tests they stand behind, of
    an old suite and of the one that came after it: `seal_rc4` and `checksum_aes` belong to two
    versions of a protocol, of which one is spoken."""
    said = _said(one), _said(other)
    return any(_OLD.search(a) and _NEW.search(b) for a, b in (said, said[::-1]))


def _said(sink: Sink) -> str:
    scope, branches = sink.scope, sink.use.call.context if sink.use is not None else ()
    tests = [scope.tests.get(n) for kind, n, part in branches if kind == "if" and part == "body"]
    return " ".join([scope.name, *(scope.module.text[t.pos : t.end] for t in tests if t)])


def _either(sink: Sink, other: Sink, origin: Origin) -> bool:
    """Whether a call of the function gives its parameter to only one of the two."""
    if origin.kind != "parameter" or sink.use is None or other.use is None:
        return False
    if not origin.scope is sink.scope is other.scope:
        return False
    return sink.use.call.excludes(other.use.call)


def _hit(rule: Rule, sink: Sink, origin: Origin, other: Sink) -> Hit:
    call, beside = short_name(sink.name).strip("`"), short_name(other.name).strip("`")
    words = {"call": call, "role": sink.role, "source": beside, "name": call}
    origin = origin.with_step(
        other.scope.module, *other.span, f"used as {other.role} of `{beside}()`"
    )
    step = f"used as {sink.role} of `{call}()`"
    subject = f"{sink.name}:{sink.role}:{other.name}:{other.role}"
    return Hit(rule, sink.scope, sink.span, subject, words, origin, step)
