"""The values of a role in a call that break a limit, and what a message may show of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from keyaudit.catalogue.vocabulary import LIMITS
from keyaudit.code import syntax as s
from keyaudit.code.matching.conditions import (
    holds,
    holds_by_model,
    limit_of,
    normalized,
    size_of,
    with_number,
)
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.defaults import is_default
from keyaudit.code.matching.entries import with_entries
from keyaudit.code.matching.modelled_calls import Use, is_in_sibling_branch, role_values
from keyaudit.code.matching.public_labels import is_label
from keyaudit.code.matching.related import identifiers_in
from keyaudit.code.provenance.origin import Origin, Symbol
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.rule_patterns import compiled

# (place, origin, value to show, limit)
Violation = tuple[s.Expr, Origin | None, Any, Any]


def known_values(context: Context, use: Use, role: str) -> list[Any]:
    """The values a role is known to have in a call; the items of a list count each."""
    given, found, absent = role_values(context.resolver, use, role)
    values = [*given, *(o.value for _, o in found)]
    if absent or not use.plays(role):
        values.append(None)
    flat: list[Any] = []
    for value in values:
        flat += value if isinstance(value, tuple) else [value]
    return [value for value in flat if isinstance(value, str | bytes | int | bool | None)]


def first_violation(
    context: Context, use: Use, role: str, conditions: dict[str, Any]
) -> Violation | None:
    """The first value of a role that breaks the limits; None when all keep to them."""
    return next(violations(context, use, role, conditions), None)


def violations(
    context: Context, use: Use, role: str, conditions: dict[str, Any], *, defaults: bool = False
) -> Iterator[Violation]:
    """The values of a role that break the limits: (place, origin, value to show, limit).

    With `defaults`, only what the role has by default is asked.
    """

    def role_value(name: str) -> Any:
        return next((v for v in known_values(context, use, name) if v is not None), None)

    asked, limit = with_limits(context, conditions, role_value)
    given, found, absent = role_values(context.resolver, use, role)
    # What holds for one of the calls that it may be holds for that one.
    for value in () if defaults or (use.chosen and role in use.model.constants) else given:
        if all(holds_by_model(name, what, value) for name, what in asked.items()):
            yield use.call.func, None, value, limit
            return
    if absent and set(asked) == {"missing"} and asked["missing"]:
        yield use.call.func, None, "none", limit
        return
    broken = False
    for expr, origin in found:
        if defaults and not is_default(origin):
            continue
        if isinstance(expr, s.Call) and len(found) > 1 and is_in_sibling_branch(expr, use.scope):
            continue  # one of several that the branch may be for
        if "lacks" in asked and _is_put_in(expr, asked["lacks"], use.scope):
            continue
        read = with_entries(context.resolver, asked, use.call, expr, use.scope, origin)
        read = with_number(asked, read)
        if breaks_limit(asked, read) and not (role == "key" and is_label(context, use, origin)):
            broken = True
            yield expr, origin, shown_value(read, asked), limit
    if not broken and role == "path" and set(asked) == {"matches"}:
        named = _file_named(use, asked["matches"])
        if named is not None:
            yield named


def _is_put_in(expr: s.Expr, asked: str, scope: Scope) -> bool:
    """Whether a dict gets an entry after it was made: `claims["exp"] = …`, `claims.update(…)`."""
    if isinstance(expr, s.Dict):  # `{**fields, **claims}`
        return any(key is None and _is_put_in(value, asked, scope) for key, value in expr.items)
    if not isinstance(expr, s.Name):
        return False
    item = re.compile(rf"{re.escape(expr.id)}\[['\"]?{re.escape(asked)}['\"]?\]")
    return any(item.fullmatch(path) for path in scope.bindings) or any(
        isinstance(call.func, s.Attr)
        and call.func.name in ("update", "setdefault")
        and isinstance(call.func.value, s.Name)
        and call.func.value.id == expr.id
        for call in scope.calls
    )


def _file_named(use: Use, pattern: str) -> tuple[s.Expr, None, str, None] | None:
    """The argument that a file's name is a part of: `os.path.join(folder, "server.key")`."""
    for _, expr in use.arguments.get("path", ()):
        for text in identifiers_in(expr, use.scope):
            if "." in text and compiled(pattern).search(text):
                return expr, None, "the value", None
    return None


def with_limits(
    context: Context, conditions: dict[str, Any], role_value: Any
) -> tuple[dict[str, Any], Any]:
    """The conditions with their limits looked up in the policy, and the first limit for the
    message."""
    asked = {n: limit_of(v, context.policy, role_value) if n in LIMITS else v
             for n, v in conditions.items()}  # fmt: skip
    return asked, next((asked[n] for n in LIMITS if n in asked), None)


def breaks_limit(asked: dict[str, Any], origin: Origin) -> bool:
    """Whether all conditions hold for an origin, that is, whether it is a violation; unknown
    values are none."""
    if origin.kind in ("unknown", "parameter"):
        return False
    return all(holds(name, what, origin) for name, what in asked.items())


def shown_value(origin: Origin, asked: dict[str, Any]) -> Any:
    """What a message may show of a value: its size or entropy where a limit asks for that, or
    its name."""
    if "entropy-below" in asked and origin.bits is not None:
        return int(origin.bits)
    return origin.length if "bytes-below" in asked else _shown(origin, asked)


def _shown(origin: Origin, asked: dict[str, Any]) -> Any:
    """What a message may show of a value: numbers, flags and names of algorithms."""
    value = origin.value
    if isinstance(value, Symbol | bool | int | float | None) or origin.kind == "none":
        return "None" if value is None else str(value)
    if "size-below" in asked and size_of(value) is not None:
        return value
    if "in" in asked:
        allowed = {normalized(name): name for name in asked["in"]}
        items = value if isinstance(value, tuple) else (value,)
        return next((allowed[normalized(i)] for i in items if normalized(i) in allowed), "")
    return "the value"
