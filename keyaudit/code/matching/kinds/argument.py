"""`argument`: the value of a role breaks a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.call_conditions import (
    CONTEXTUAL,
    conditions_hold,
    has_excepted_receiver,
    has_flow,
    is_as_described,
)
from keyaudit.code.matching.conditions import CONDITIONS, with_number
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.defaults import is_default, is_in_default_branch
from keyaudit.code.matching.file_helpers import helper_uses
from keyaudit.code.matching.modelled_calls import Use, role_values
from keyaudit.code.matching.related import is_in_branch_of
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.violations import breaks_limit, shown_value, violations, with_limits
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.provenance.origin import Origin

_MOST_ORIGINS = 16
_OF_FILES = frozenset({"file-remove", "file-copy"})
_HANDLER = ("try", "handler")
_MOST_CALLERS = 16


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The calls in which the role has a value for which every condition holds."""
    parameters = match.parameters
    role = parameters["role"]
    uses = context.uses_with(role)
    if "file" in parameters:
        uses = [*uses, *context.once(("file helpers",), lambda: helper_uses(context))]
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
        if not conditions_hold(context, use, parameters) or context.silenced(match, use.scope):
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
            hit.needs_project = context.project_needs(match)
            yield hit
    for sink in sinks:
        if sink.use is not None or (kinds and not kinds & sink.kinds):
            continue
        if is_in_branch_of(sink.scope, sink.context, parameters.get("unless-if")):
            continue
        if has_excepted_receiver(context, sink.holder, sink.scope, parameters):
            continue
        if not context.silenced(match, sink.scope):
            hit = _assigned(context, rule, sink, conditions, parameters)
            if hit is not None:
                hit.unless_project = context.project_unless(match)
                yield hit


def _by_default(context: Context, use: Use, parameters: Any) -> bool:
    """Whether only what a role has by default is looked at (`by-default`), and not every value in
    a branch that is taken by default."""
    return "by-default" in parameters and not is_in_default_branch(
        context.resolver, use.scope, use.call.context
    )


def _always(context: Context, use: Use, role: str, conditions: dict[str, Any]) -> bool:
    """Whether everything the argument may be breaks the limit."""
    asked, _ = with_limits(context, conditions, lambda name: None)
    _, found, _ = role_values(context.resolver, use, role)
    return all(breaks_limit(asked, origin) for _, origin in found)


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
    if _is_second_try(use, others):
        return False
    return any(other.call is not use.call for other in others) or _kept_to_around(
        context, use, parameters
    )


def _is_second_try(use: Use, others: list[Use]) -> bool:
    """Whether a call stands in a handler of the failure of one that keeps to the limit: what that
    refused is taken all the same."""
    failed = {number for kind, number, part in use.call.context if (kind, part) == _HANDLER}
    return any(
        kind == "try" and part == "body" and number in failed
        for other in others
        if other.scope is use.scope
        for kind, number, part in other.call.context
    )


def _kept_to_around(context: Context, use: Use, parameters: Any) -> bool:
    """Whether the same value goes on to a function that keeps to the limit, or who calls this
    function does so: `look(token)` finds the key that `check(token, key)` is given."""
    resolver, scope = context.resolver, use.scope
    if scope.kind != "function" or not use.call.args:
        return False
    if any(
        _keeping(context, context.uses_of(caller), parameters)
        for _, caller in callers_of(resolver, scope)[:_MOST_CALLERS]
        if caller is not scope
    ):
        return True
    given = _text_of(use, use.call.args[0].value)
    kinds = frozenset(parameters.get("kinds", ()))
    for call in scope.calls:
        if call.pos <= use.call.pos or given not in [_text_of(use, a.value) for a in call.args]:
            continue
        called = [each.function for each in callees(resolver, call, scope, None) if each.function]
        for function in called:
            inside = context.uses_of(function)
            if (
                _keeping(context, inside, parameters)
                if inside
                else kinds & context.kinds_of(call, scope)
            ):
                return True
    return False


def _text_of(use: Use, expr: s.Expr) -> str:
    return use.scope.module.text[expr.pos : expr.end]


def _keeping(context: Context, uses: list[Use], parameters: Any) -> list[Use]:
    """The uses of the kinds that keep to the limit."""
    kinds = frozenset(parameters.get("kinds", ()))
    return [
        use
        for use in uses
        if kinds & use.model.kinds and not is_as_described(context, use, parameters)
    ]


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
    for expr, origin, value, limit in violations(context, use, role, conditions, defaults=defaults):
        first = origin.trace[0] if origin is not None and origin.trace else None
        place = (id(first.module), first.pos) if first is not None else (0, 0)
        if place in places or (hits and first is None) or len(hits) >= _MOST_ORIGINS:
            continue
        places.add(place)
        words = {"call": short_name(use.model.name), "role": role, "limit": limit, "value": value}
        hits.append(_hit(rule, use, role, expr, origin, words))
    if not hits:
        return None
    hits[0].others = tuple(hits[1:])
    return hits[0]


def _assigned(
    context: Context, rule: Rule, sink: Sink, conditions: dict[str, Any], parameters: Any
) -> Hit | None:
    """The hit of a place that plays the role by its name (`context.verify_mode = …`)."""
    asked, limit = with_limits(context, conditions, lambda name: None)
    found = context.resolver.origins(sink.value, sink.scope, None)
    if "by-default" in parameters and not is_in_default_branch(
        context.resolver, sink.scope, sink.context
    ):
        found = tuple(filter(is_default, found))
    if "every" in parameters and not all(breaks_limit(asked, origin) for origin in found):
        return None
    for origin in found:
        read = with_number(asked, origin)
        if breaks_limit(asked, read):
            value = shown_value(read, asked)
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


def _hit(
    rule: Rule, use: Use, role: str, expr: s.Expr, origin: Origin | None, words: dict[str, Any]
) -> Hit:
    subject = f"{use.model.name}:{role}:{words['value']}"
    place = (expr.pos, expr.end)
    if expr is use.call.func:
        place = (use.call.pos, use.call.func.end)
    step = f"used as {role} of `{words['call']}()`" if origin is not None else ""
    about = -1 if _OF_FILES.isdisjoint(use.model.kinds) else use.call.pos
    return Hit(rule, use.scope, place, subject, words, origin, step, about=about)
