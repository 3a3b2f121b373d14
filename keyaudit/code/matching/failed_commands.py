"""What the error of a command or of a request tells: the whole command line, or the whole URL, with
the secrets that are in it.

`CalledProcessError` and `TimeoutExpired` say in their text which command it was, and what requests
raises says which URL was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.stored_entries import containers_in
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope, TryFacts
from keyaudit.code.syntax import last_part
from keyaudit.core.secret_names import BARE_TOKEN, SECRETS, WHOLE

_TELL = frozenset({"CalledProcessError", "TimeoutExpired"})
# ... and those by which an error of requests is caught.
_TELL_URL = frozenset({"Exception", "BaseException", "RequestException", "HTTPError",
                       "ConnectionError", "Timeout", "ConnectTimeout", "ReadTimeout",
                       "MaxRetryError"})  # fmt: skip
_ASKS = re.compile(r"requests\.|httpx\.")
_URL = "the error of a request, which says the URL with a secret in it"


def origins_of_failed_commands(context: Context, value: s.Expr, scope: Scope) -> list[Origin]:
    """The origins of what stands on the command lines whose errors a text is made of."""
    if not scope.tries or _TELL.isdisjoint(scope.module.words.all):
        return []
    numbers = {
        facts.number for name in containers_in(value) for facts in _caught(name, scope, _TELL)
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


def origins_of_failed_requests(context: Context, value: s.Expr, scope: Scope) -> list[Origin]:
    """An origin, called `WHOLE`, for the error of a request whose URL has a secret in it, where a
    text is made of that error."""
    if not scope.tries or "requests" not in scope.module.words.all:
        return []
    numbers = {
        facts.number for name in containers_in(value) for facts in _caught(name, scope, _TELL_URL)
    }
    tried = context.once(("asked in tries",), lambda: _asked_in_tries(context)) if numbers else {}
    asked = [sink for number in numbers for sink in tried.get((id(scope), number), ())]
    # Of a function for any request, who calls it knows what the URL has in it.
    secrets = [
        origin
        for sink in asked
        for origin in context.resolver.origins(sink.value, sink.scope, None)
        if origin.called in SECRETS - {BARE_TOKEN}
        and not origin.calls
        and "slice" not in origin.via
    ]
    return [
        Origin(
            "unknown", scope.module, value, source=_URL, called=WHOLE, trace=secret.trace
        ).with_step(scope.module, value.pos, value.end, _URL)
        for secret in secrets[:1]
    ]


def _caught(name: s.Expr, scope: Scope, errors: frozenset[str]) -> Iterator[TryFacts]:
    """The tries whose handler of such an error calls it by this name, before it is read."""
    if not isinstance(name, s.Name):
        return
    for facts in scope.tries:
        for handler in facts.handlers:
            if handler.name != name.id or handler.pos >= name.pos:
                continue
            if handler.type is not None and _tells(handler.type, errors):
                yield facts


def _tells(kind: s.Expr, errors: frozenset[str]) -> bool:
    if isinstance(kind, s.Seq):
        return any(_tells(one, errors) for one in kind.items)
    return last_part(kind) in errors


def _asked_in_tries(context: Context) -> dict[tuple[int, int], list[Sink]]:
    """What requests are asked for in the body of a try, by the function and the try's number."""
    found: dict[tuple[int, int], list[Sink]] = {}
    for sink in context.sinks_of({"url"}):
        if sink.use is not None and _ASKS.match(sink.name):
            for kind, number, part in sink.use.call.context:
                if kind == "try" and part == "body":
                    found.setdefault((id(sink.scope), number), []).append(sink)
    return found


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
