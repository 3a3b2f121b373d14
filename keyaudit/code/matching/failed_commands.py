"""What the error of a command tells: the whole command line, with the secrets that are in it.

`CalledProcessError` and `TimeoutExpired` say in their text which command it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.stored_entries import containers_in
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope, TryFacts
from keyaudit.code.syntax import last_part

_TELL = frozenset({"CalledProcessError", "TimeoutExpired"})


def origins_of_failed_commands(context: Context, value: s.Expr, scope: Scope) -> list[Origin]:
    """The origins of what stands on the command lines whose errors a text is made of."""
    if not scope.tries or _TELL.isdisjoint(scope.module.words.all):
        return []
    numbers = {
        facts.number for name in containers_in(value) for facts in caught(name, scope, _TELL)
    }
    if not numbers:
        return []
    commands = [sink for sink in context.sinks if _is_tried(sink, scope, numbers)]
    return [
        origin.with_step(scope.module, value.pos, value.end, "in the error of the command")
        for sink in commands
        for whole in context.resolver.origins(sink.value, sink.scope, None)
        for origin in (
            of_element(context.resolver, whole, None) if whole.kind == "container" else [whole]
        )
    ]


def caught(name: s.Expr, scope: Scope, errors: frozenset[str]) -> Iterator[TryFacts]:
    """The try whose handler calls such an error by this name where it is read: the last one before
    that has the name."""
    if not isinstance(name, s.Name):
        return
    before = [
        (handler.pos, handler.type, facts)
        for facts in scope.tries
        for handler in facts.handlers
        if handler.name == name.id and handler.pos < name.pos
    ]
    if before:
        _, kind, facts = max(before, key=itemgetter(0))
        if kind is not None and _tells(kind, errors):
            yield facts


def _tells(kind: s.Expr, errors: frozenset[str]) -> bool:
    if isinstance(kind, s.Seq):
        return any(_tells(one, errors) for one in kind.items)
    return last_part(kind) in errors


def _is_tried(sink: Sink, scope: Scope, numbers: set[int]) -> bool:
    return (
        sink.role == "command"
        and sink.scope is scope
        and sink.use is not None
        and any(
            kind == "try" and part == "body" and number in numbers
            for kind, number, part in sink.use.call.context
        )
    )
