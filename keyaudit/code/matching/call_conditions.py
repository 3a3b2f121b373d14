"""Conditions on a call beside the value in question: its other arguments, and its receiver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyaudit.code import syntax as s
from keyaudit.code.matching.conditions import CONDITIONS, normalized
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.left_on_error import is_left_on_error
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.related import (
    creating_calls_of,
    identifiers_in,
    is_in_branch_of,
    text_prefixes,
)
from keyaudit.code.matching.removed_copies import is_removed_again
from keyaudit.code.matching.secret_files import holds_secret
from keyaudit.code.matching.surroundings import is_set_later
from keyaudit.code.matching.violations import first_violation, known_values
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.rule_patterns import compiled

# What only a call has.
CONTEXTUAL = frozenset({"when", "when-matches", "when-named", "receiver"})

# All that `conditions_hold` looks at.
_OF_CALLS = CONTEXTUAL | {"unless-matches", "unless-named", "unless-origin", "unless-if",
                          "unless-set", "unless-receiver", "unless-removed", "left-on-error",
                          "unless-dropped", "file"}  # fmt: skip


def has_flow(context: Context, asked: Any) -> bool:
    """Whether a value of one of the kinds `from` reaches one of the roles `to` in the file."""
    return any(
        origin.kind in asked["from"] or any(o.kind in asked["from"] for o in origin.of)
        for sink in context.sinks_of(asked["to"])
        for origin in context.resolver.origins(sink.value, sink.scope, None)
    )


def is_as_described(context: Context, use: Use, parameters: Any) -> bool:
    """Whether a call is of the `kinds` and its argument at `role` breaks the limits, as a rule's
    `made`, `receiver` or `unless-receiver` describes it."""
    kinds = frozenset(parameters.get("kinds", ()))
    if kinds and not kinds & use.model.kinds:
        return False
    role = parameters.get("role")
    if role is None:
        return True
    conditions = {name: parameters[name] for name in CONDITIONS if name in parameters}
    return use.plays(role) and first_violation(context, use, role, conditions) is not None


def has_excepted_receiver(
    context: Context, holder: s.Expr | None, scope: Scope, parameters: Any
) -> bool:
    """Whether the object that is called or assigned to was made in one of the ways of
    `unless-receiver`."""
    asked = parameters.get("unless-receiver")
    if asked is None or holder is None:
        return False
    made = list(creating_calls_of(context, holder, scope))
    return any(is_as_described(context, use, way) for use in made for way in asked)


def conditions_hold(context: Context, use: Use, parameters: Any) -> bool:
    """Whether the rule's conditions on the other roles of a call and on its receiver hold
    (`when`, `unless-…`, `receiver`)."""
    if _OF_CALLS.isdisjoint(parameters):
        return True
    for role, names in parameters.get("when", {}).items():
        allowed = {normalized(name) for name in names}
        if not any(normalized(value) in allowed for value in known_values(context, use, role)):
            return False
    for role, pattern in parameters.get("when-matches", {}).items():
        if not any(compiled(pattern).search(text) for text in _texts(context, use, role)):
            return False
    for role, pattern in parameters.get("unless-matches", {}).items():
        if any(compiled(pattern).search(text) for text in _texts(context, use, role)):
            return False
    for role, pattern in parameters.get("unless-named", {}).items():
        if any(compiled(pattern).search(name) for name in _names(context, use, role)):
            return False
    for role, pattern in parameters.get("when-named", {}).items():
        if not any(compiled(pattern).search(name) for name in _names(context, use, role)):
            return False
    for role, kinds in parameters.get("unless-origin", {}).items():
        if any(origin.kind in kinds for origin in _origins(context, use, role)):
            return False
    if is_in_branch_of(use.scope, use.call.context, parameters.get("unless-if")):
        return False
    if is_set_later(use, parameters.get("unless-set")):
        return False
    func = use.call.func
    if has_excepted_receiver(
        context, func.value if isinstance(func, s.Attr) else None, use.scope, parameters
    ):
        return False
    receiver = parameters.get("receiver")
    if receiver is not None:
        if not isinstance(func, s.Attr):
            return False
        if not any(
            is_as_described(context, m, receiver)
            for m in creating_calls_of(context, func.value, use.scope)
        ):
            return False
    if parameters.get("unless-removed") and is_removed_again(context, use):
        return False
    if parameters.get("left-on-error") and not is_left_on_error(use):
        return False
    if parameters.get("unless-dropped") and any(use.call is one for one in use.scope.dropped):
        return False
    secret = parameters.get("file")
    return secret is None or holds_secret(
        context,
        use,
        written="written" in secret,
        named="named" in secret,
        tokens="token-written" in secret,
    )


def _names(context: Context, use: Use, role: str) -> set[str]:
    """The names of what the value of a role was put together from, and was held in."""
    names: set[str] = set()
    for _, expr in use.arguments.get(role, ()):
        names |= set(identifiers_in(expr, use.scope))
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
    texts = [
        value.decode("latin-1") if isinstance(value, bytes) else value
        for value in known_values(context, use, role)
        if isinstance(value, str | bytes)
    ]
    given = [expr for _, expr in use.arguments.get(role, ())]
    if role in ("path", "target"):
        func = use.call.func
        if role == "path" and not given and isinstance(func, s.Attr):
            given = [func.value]  # `Path("server.key").chmod(…)`
        # What it was called where it came from: a helper removes whatever it is told to.
        called = [name for expr in given
                  for origin in context.resolver.origins(expr, use.scope, None)
                  for name in origin.names]  # fmt: skip
        return texts + called + [text for expr in given for text in identifiers_in(expr, use.scope)]
    return texts + [text for expr in given for text in text_prefixes(context, expr, use.scope)]
