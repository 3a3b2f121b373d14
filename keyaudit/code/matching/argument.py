"""`argument`: a value at a role breaks a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.conditions import CONDITIONS, by_model, holds, limit_of, normal
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.sinks import Use, values_of
from keyaudit.code.returns import short
from keyaudit.code.values import Origin, Symbol


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The calls in which the role has a value for which every condition holds."""
    parameters = match.parameters
    role = parameters["role"]
    kinds = frozenset(parameters.get("kinds", ()))
    conditions = {name: parameters[name] for name in CONDITIONS if name in parameters}
    for use in context.uses:
        if (kinds and not kinds & use.model.kinds) or not use.plays(role):
            continue
        if not applies(context, use, parameters) or context.silenced(match, use.scope):
            continue
        hit = _first(context, rule, use, role, conditions)
        if hit is not None:
            hit.unless_project = context.project_unless(match)
            yield hit


def applies(context: Context, use: Use, parameters: Any) -> bool:
    """Whether the `when` conditions on other roles hold."""
    for role, names in parameters.get("when", {}).items():
        allowed = {normal(name) for name in names}
        if not any(normal(value) in allowed for value in _known(context, use, role)):
            return False
    for role, pattern in parameters.get("when-matches", {}).items():
        texts = [value for value in _known(context, use, role) if isinstance(value, str)]
        if not any(re.search(pattern, text) for text in texts):
            return False
    return True


def _known(context: Context, use: Use, role: str) -> list[Any]:
    """The values a role is known to have in a call; a list's items count each."""
    given, found, absent = values_of(context.resolver, use, role)
    values = [*given, *(o.value for _, o in found)]
    if absent:
        values.append(None)
    flat: list[Any] = []
    for value in values:
        flat += value if isinstance(value, tuple) else [value]
    return [value for value in flat if isinstance(value, str | int | bool | None)]


def _first(
    context: Context, rule: Rule, use: Use, role: str, conditions: dict[str, Any]
) -> Hit | None:
    def role_value(name: str) -> Any:
        known = _known(context, use, name)
        return known[0] if known else None

    asked = {n: limit_of(v, context.policy, role_value) if n in ("below", "above", "bytes-below")
             else v for n, v in conditions.items()}  # fmt: skip
    limit = next((asked[n] for n in ("below", "above", "bytes-below") if n in asked), None)
    given, found, absent = values_of(context.resolver, use, role)
    words = {"call": short(use.model.name), "role": role, "limit": limit}
    for value in given:
        if all(by_model(name, what, value) for name, what in asked.items()):
            return _hit(rule, use, role, use.call.func, None, {**words, "value": value})
    if absent and set(asked) == {"missing"} and asked["missing"]:
        return _hit(rule, use, role, use.call.func, None, {**words, "value": "none"})
    for expr, origin in found:
        if origin.kind in ("unknown", "parameter"):
            continue
        if all(holds(name, what, origin) for name, what in asked.items()):
            value = origin.length if "bytes-below" in asked else _shown(origin, asked)
            return _hit(rule, use, role, expr, origin, {**words, "value": value})
    return None


def _shown(origin: Origin, asked: dict[str, Any]) -> Any:
    """What a message may show of a value: numbers, flags and names of algorithms."""
    value = origin.value
    if isinstance(value, Symbol | bool | int | float | None) or origin.kind == "none":
        return "None" if value is None else str(value)
    if "in" in asked:
        allowed = {normal(name): name for name in asked["in"]}
        items = value if isinstance(value, tuple) else (value,)
        return next((allowed[normal(i)] for i in items if normal(i) in allowed), "")
    return "the value"


def _hit(
    rule: Rule, use: Use, role: str, expr: s.Expr, origin: Origin | None, words: dict[str, Any]
) -> Hit:
    subject = f"{use.model.name}:{role}:{words['value']}"
    place = (expr.pos, expr.end)
    if expr is use.call.func:
        place = (use.call.pos, use.call.func.end)
    step = f"used as {role} of `{words['call']}()`" if origin is not None else ""
    return Hit(rule, use.scope, place, subject, words, origin, step)
