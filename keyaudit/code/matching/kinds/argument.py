"""`argument`: a value at a role breaks a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.catalogue.vocabulary import LIMITS
from keyaudit.code import syntax as s
from keyaudit.code.matching.conditions import (
    CONDITIONS,
    by_model,
    holds,
    limit_of,
    normal,
    numbered,
    size_of,
)
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.defaults import is_default, leads_here_by_default
from keyaudit.code.matching.entries import with_entries
from keyaudit.code.matching.public_labels import is_label
from keyaudit.code.matching.related import beginnings, decided, makers, names_in
from keyaudit.code.matching.sinks import Sink, Use, is_for_some, values_of
from keyaudit.code.matching.surroundings import is_set_later
from keyaudit.code.provenance.modelled_returns import short
from keyaudit.code.provenance.origin import Origin, Symbol
from keyaudit.code.semantics.scopes import Scope

# What only a call has.
CONTEXTUAL = frozenset({"when", "when-matches", "receiver"})
# (place, origin, value to show, limit)
_Violation = tuple[s.Expr, Origin | None, Any, Any]
_MOST_ORIGINS = 16
# All that `applies` looks at.
_OF_CALLS = CONTEXTUAL | {"unless-matches", "unless-named", "unless-origin", "unless-if",
                          "unless-set", "unless-receiver"}  # fmt: skip


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The calls in which the role has a value for which every condition holds."""
    parameters = match.parameters
    role = parameters["role"]
    uses = context.uses_with(role)
    sinks = [] if parameters.keys() & CONTEXTUAL else context.sinks_of((role,))
    if not uses and not sinks:
        return
    kinds = frozenset(parameters.get("kinds", ()))
    conditions = {name: parameters[name] for name in CONDITIONS if name in parameters}
    if "in-file" in parameters and not has_flow(context, parameters["in-file"]):
        return
    for use in uses:
        if kinds and not kinds & use.model.kinds:
            continue
        if not applies(context, use, parameters) or context.silenced(match, use.scope):
            continue
        hit = _first(context, rule, use, role, conditions, _by_default(context, use, parameters))
        if (
            hit is not None
            and parameters.get("every")
            and not _always(context, use, role, conditions)
        ):
            continue
        if hit is not None and not _beside(context, use, parameters):
            hit.unless_project = context.project_unless(match)
            yield hit
    for sink in sinks:
        if sink.use is not None or (kinds and not kinds & sink.kinds):
            continue
        if decided(sink.scope, sink.context, parameters.get("unless-if")):
            continue
        if excepted(context, sink.holder, sink.scope, parameters):
            continue
        if not context.silenced(match, sink.scope):
            hit = _assigned(context, rule, sink, conditions, parameters)
            if hit is not None:
                hit.unless_project = context.project_unless(match)
                yield hit


def _by_default(context: Context, use: Use, parameters: Any) -> bool:
    """Whether only what a role has by default is looked at (`by-default`), and not every value in
    a branch that is taken by default."""
    return "by-default" in parameters and not leads_here_by_default(
        context.resolver, use.scope, use.call.context
    )


def has_flow(context: Context, asked: Any) -> bool:
    """Whether a value of one of the kinds `from` reaches one of the roles `to` in the file."""
    return any(
        origin.kind in asked["from"] or any(o.kind in asked["from"] for o in origin.of)
        for sink in context.sinks_of(asked["to"])
        for origin in context.resolver.origins(sink.value, sink.scope, None)
    )


def _always(context: Context, use: Use, role: str, conditions: dict[str, Any]) -> bool:
    """Whether everything the argument may be breaks the limit."""
    asked, _ = _asked(context, conditions, lambda name: None)
    _, found, _ = values_of(context.resolver, use, role)
    return all(_broken(asked, origin) for _, origin in found)


def _beside(context: Context, use: Use, parameters: Any) -> bool:
    """Whether the function or file has another call of the kinds that keeps to the limit."""
    asked = parameters.get("alone")
    if asked is None:
        return False
    if asked == "file":
        about = ("keep to", id(parameters))
        others = context.once(about, lambda: _keeping(context, context.uses, parameters))
    else:
        others = _keeping(context, context.uses_of(use.scope), parameters)
    return any(other.call is not use.call for other in others)


def _keeping(context: Context, uses: list[Use], parameters: Any) -> list[Use]:
    """The uses of the kinds that keep to the limit."""
    kinds = frozenset(parameters.get("kinds", ()))
    return [use for use in uses if kinds & use.model.kinds and not breaks(context, use, parameters)]


def breaks(context: Context, use: Use, parameters: Any) -> bool:
    """Whether a call is of the kinds, and an argument of it as described (`made`, `receiver`)."""
    kinds = frozenset(parameters.get("kinds", ()))
    if kinds and not kinds & use.model.kinds:
        return False
    role = parameters.get("role")
    if role is None:
        return True
    conditions = {name: parameters[name] for name in CONDITIONS if name in parameters}
    return use.plays(role) and _violation(context, use, role, conditions) is not None


def excepted(context: Context, holder: s.Expr | None, scope: Scope, parameters: Any) -> bool:
    """Whether the object was made in one of the ways of `unless-receiver`."""
    asked = parameters.get("unless-receiver")
    if asked is None or holder is None:
        return False
    made = list(makers(context, holder, scope))
    return any(breaks(context, use, way) for use in made for way in asked)


def applies(context: Context, use: Use, parameters: Any) -> bool:
    """Whether the conditions on other roles and on the receiver hold."""
    if _OF_CALLS.isdisjoint(parameters):
        return True
    for role, names in parameters.get("when", {}).items():
        allowed = {normal(name) for name in names}
        if not any(normal(value) in allowed for value in _known(context, use, role)):
            return False
    for role, pattern in parameters.get("when-matches", {}).items():
        if not any(re.search(pattern, text) for text in _texts(context, use, role)):
            return False
    for role, pattern in parameters.get("unless-matches", {}).items():
        if any(re.search(pattern, text) for text in _texts(context, use, role)):
            return False
    for role, pattern in parameters.get("unless-named", {}).items():
        if any(re.search(pattern, name) for name in _names(context, use, role)):
            return False
    for role, kinds in parameters.get("unless-origin", {}).items():
        if any(origin.kind in kinds for origin in _origins(context, use, role)):
            return False
    if decided(use.scope, use.call.context, parameters.get("unless-if")):
        return False
    if is_set_later(use, parameters.get("unless-set")):
        return False
    func = use.call.func
    if excepted(context, func.value if isinstance(func, s.Attr) else None, use.scope, parameters):
        return False
    receiver = parameters.get("receiver")
    if receiver is not None:
        if not isinstance(func, s.Attr):
            return False
        return any(breaks(context, m, receiver) for m in makers(context, func.value, use.scope))
    return True


def _names(context: Context, use: Use, role: str) -> set[str]:
    """The names of what the value of a role was put together from, and was held in."""
    names: set[str] = set()
    for _, expr in use.arguments.get(role, ()):
        names |= set(names_in(expr, use.scope))
    for origin in _origins(context, use, role):
        names |= origin.names
    return names


def _origins(context: Context, use: Use, role: str) -> Iterator[Origin]:
    """The origins of what plays a role in a call."""
    for _, expr in use.arguments.get(role, ()):
        yield from context.resolver.origins(expr, use.scope, None)


def _texts(context: Context, use: Use, role: str) -> list[str]:
    """The texts a role is known to have in a call, or to begin with; for a path, the names of the
    file and of the variables that hold it."""
    texts = [value.decode("latin-1") if isinstance(value, bytes) else value
             for value in _known(context, use, role) if isinstance(value, str | bytes)]  # fmt: skip
    given = [expr for _, expr in use.arguments.get(role, ())]
    if role in ("path", "target"):
        func = use.call.func
        if role == "path" and not given and isinstance(func, s.Attr):
            given = [func.value]  # `Path("server.key").chmod(…)`
        # What it was called where it came from: a helper removes whatever it is told to.
        called = [name for expr in given
                  for origin in context.resolver.origins(expr, use.scope, None)
                  for name in origin.names]  # fmt: skip
        return texts + called + [text for expr in given for text in names_in(expr, use.scope)]
    return texts + [text for expr in given for text in beginnings(context, expr, use.scope)]


def _known(context: Context, use: Use, role: str) -> list[Any]:
    """The values a role is known to have in a call; a list's items count each."""
    given, found, absent = values_of(context.resolver, use, role)
    values = [*given, *(o.value for _, o in found)]
    if absent or not use.plays(role):
        values.append(None)
    flat: list[Any] = []
    for value in values:
        flat += value if isinstance(value, tuple) else [value]
    return [value for value in flat if isinstance(value, str | bytes | int | bool | None)]


def _first(
    context: Context,
    rule: Rule,
    use: Use,
    role: str,
    conditions: dict[str, Any],
    defaults: bool,
) -> Hit | None:
    hits: list[Hit] = []
    places: set[tuple[int, int]] = set()
    for expr, origin, value, limit in _violations(
        context, use, role, conditions, defaults=defaults
    ):
        first = origin.trace[0] if origin is not None and origin.trace else None
        place = (id(first.module), first.pos) if first is not None else (0, 0)
        if place in places or (hits and first is None) or len(hits) >= _MOST_ORIGINS:
            continue
        places.add(place)
        words = {"call": short(use.model.name), "role": role, "limit": limit, "value": value}
        hits.append(_hit(rule, use, role, expr, origin, words))
    if not hits:
        return None
    hits[0].others = tuple(hits[1:])
    return hits[0]


def _violation(
    context: Context, use: Use, role: str, conditions: dict[str, Any]
) -> _Violation | None:
    """The first value of a role that breaks the limit."""
    return next(_violations(context, use, role, conditions), None)


def _violations(
    context: Context, use: Use, role: str, conditions: dict[str, Any], *, defaults: bool = False
) -> Iterator[_Violation]:
    """The values of a role that break the limit: (place, origin, value to show, limit); of
    `defaults` alone, or of all."""

    def role_value(name: str) -> Any:
        return next((v for v in _known(context, use, name) if v is not None), None)

    asked, limit = _asked(context, conditions, role_value)
    given, found, absent = values_of(context.resolver, use, role)
    # What holds for one of the calls that it may be holds for that one.
    for value in () if defaults or (use.chosen and role in use.model.constants) else given:
        if all(by_model(name, what, value) for name, what in asked.items()):
            yield use.call.func, None, value, limit
            return
    if absent and set(asked) == {"missing"} and asked["missing"]:
        yield use.call.func, None, "none", limit
        return
    broken = False
    for expr, origin in found:
        if defaults and not is_default(origin):
            continue
        if isinstance(expr, s.Call) and len(found) > 1 and is_for_some(expr, use.scope):
            continue  # one of several that the branch may be for
        if "lacks" in asked and _is_put_in(expr, asked["lacks"], use.scope):
            continue
        read = with_entries(context.resolver, asked, use.call, expr, use.scope, origin)
        read = numbered(asked, read)
        if _broken(asked, read) and not (role == "key" and is_label(context, use, origin)):
            broken = True
            yield expr, origin, _value_shown(read, asked), limit
    if not broken and role == "path" and set(asked) == {"matches"}:
        named = _file_named(use, asked["matches"])
        if named is not None:
            yield named


def _is_put_in(expr: s.Expr, key: str, scope: Scope) -> bool:
    """Whether a dict gets an entry after it was made: `claims["exp"] = …`, `claims.update(…)`."""
    if not isinstance(expr, s.Name):
        return False
    item = re.compile(rf"{re.escape(expr.id)}\[['\"]?{re.escape(key)}['\"]?\]")
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
        for text in names_in(expr, use.scope):
            if "." in text and re.search(pattern, text):
                return expr, None, "the value", None
    return None


def _kept(context: Context, use: Use, role: str, conditions: dict[str, Any]) -> bool:
    """Whether one of the values that can reach the role keeps to the limit."""
    asked, _ = _asked(context, conditions, lambda name: None)
    _, found, _ = values_of(context.resolver, use, role)
    return any(o.kind not in ("unknown", "parameter") and not _broken(asked, o) for _, o in found)


def _asked(
    context: Context, conditions: dict[str, Any], role_value: Any
) -> tuple[dict[str, Any], Any]:
    """The conditions with their limits looked up, and the limit."""
    asked = {n: limit_of(v, context.policy, role_value) if n in LIMITS else v
             for n, v in conditions.items()}  # fmt: skip
    return asked, next((asked[n] for n in LIMITS if n in asked), None)


def _broken(asked: dict[str, Any], origin: Origin) -> bool:
    if origin.kind in ("unknown", "parameter"):
        return False
    return all(holds(name, what, origin) for name, what in asked.items())


def _value_shown(origin: Origin, asked: dict[str, Any]) -> Any:
    if "entropy-below" in asked and origin.bits is not None:
        return int(origin.bits)
    return origin.length if "bytes-below" in asked else _shown(origin, asked)


def _assigned(
    context: Context, rule: Rule, sink: Sink, conditions: dict[str, Any], parameters: Any
) -> Hit | None:
    """The hit of a place that plays the role by its name (`context.verify_mode = …`)."""
    asked, limit = _asked(context, conditions, lambda name: None)
    found = context.resolver.origins(sink.value, sink.scope, None)
    if "by-default" in parameters and not leads_here_by_default(
        context.resolver, sink.scope, sink.context
    ):
        found = tuple(filter(is_default, found))
    if "every" in parameters and not all(_broken(asked, origin) for origin in found):
        return None
    for origin in found:
        if _broken(asked, origin):
            value = _value_shown(origin, asked)
            words = {"call": sink.name.strip("`"), "role": sink.role, "limit": limit,
                     "value": value}  # fmt: skip
            subject = f"{sink.name}:{sink.role}:{value}"
            step = f"assigned to {sink.name}"
            return Hit(rule, sink.scope, sink.span, subject, words, origin, step,
                       by_name=True, holder=_holder(sink))  # fmt: skip
    return None


def _holder(sink: Sink) -> str:
    """What the attribute that is assigned to is one of: `context` for `context.verify_mode`."""
    held = sink.scope.module.text[sink.span[0] : sink.span[1]]
    return "" if held.endswith("]") else held.rpartition(".")[0]


def _shown(origin: Origin, asked: dict[str, Any]) -> Any:
    """What a message may show of a value: numbers, flags and names of algorithms."""
    value = origin.value
    if isinstance(value, Symbol | bool | int | float | None) or origin.kind == "none":
        return "None" if value is None else str(value)
    if "size-below" in asked and size_of(value) is not None:
        return value
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
