"""What the error of a request tells: the whole URL, with the secrets that are in its query or path.

All that requests raises says which URL was asked for; of httpx and aiohttp it is the error that
`raise_for_status` makes of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.failed_commands import caught
from keyaudit.code.matching.secret_addresses import address_told
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.stored_entries import containers_in
from keyaudit.code.provenance.attributes import of_element
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import BARE_TOKEN, SECRET, SECRETS, TOKEN, WHOLE

# The errors by which such a one is caught.
_TELL_URL = frozenset({"Exception", "BaseException", "RequestException", "HTTPError",
                       "ConnectionError", "Timeout", "ConnectTimeout", "ReadTimeout",
                       "MaxRetryError", "HTTPStatusError", "ClientResponseError",
                       "ClientError"})  # fmt: skip
_CLIENTS = frozenset({"requests", "httpx", "aiohttp"})
_ASKS = regex(r"requests\.")
_ASKS_AND_CHECKS = regex(r"requests\.|httpx\.|aiohttp\.")
_URL = "the error of a request, which says the URL with a secret in it"
# By this a rule tells that of any request, where only some callers put a secret into the URL.
OF_CALLERS = "url-of-callers"
_MAX_CALLERS = 8


def origins_of_failed_requests(context: Context, value: s.Expr, scope: Scope) -> list[Origin]:
    """An origin, called `WHOLE`, for the error of a request whose URL has a secret in it, where a
    text is made of that error."""
    words = scope.module.words.all
    if not scope.tries or _CLIENTS.isdisjoint(words):
        return []
    numbers = {
        facts.number for name in containers_in(value) for facts in caught(name, scope, _TELL_URL)
    }
    tried = context.once(("asked in tries",), lambda: _asked_in_tries(context)) if numbers else {}
    asked = [sink for number in numbers for sink in tried.get((id(scope), number), ())]
    for sink in asked:
        if address_told(context.resolver, sink.value, sink.scope) or _is_all_secret(context, sink):
            told = Origin("unknown", scope.module, value, source=_URL, called=WHOLE)
            return [told.with_step(scope.module, value.pos, value.end, _URL)]
    secrets = [
        origin
        for sink in asked
        for origin in (*_in_url(context, sink), *_given_by_callers(context, sink))
        if origin.called in SECRETS - {BARE_TOKEN} and "slice" not in origin.via
    ]
    for secret in sorted(secrets, key=lambda origin: bool(origin.calls))[:1]:
        told = Origin(
            "unknown", scope.module, value, source=_URL, called=WHOLE, trace=secret.trace
        ).with_step(scope.module, value.pos, value.end, _URL)
        return [told.with_name(OF_CALLERS) if secret.calls else told]
    return []


def _is_all_secret(context: Context, sink: Sink) -> bool:
    """Whether the URL that is asked for is a secret by its own name: `requests.post(token)`."""
    if not isinstance(sink.value, s.Name | s.Attr):
        return False
    return any(
        origin.called in (TOKEN, BARE_TOKEN, SECRET)
        for origin in context.resolver.origins(sink.value, sink.scope, None)
    )


def _in_url(context: Context, sink: Sink) -> Iterator[Origin]:
    """What the URL of a request, or its query, is put together from."""
    for origin in context.resolver.origins(sink.value, sink.scope, None):
        yield from _inside(context, origin)


def _given_by_callers(context: Context, sink: Sink) -> Iterator[Origin]:
    """What the callers of a function for any request, `ask(url, **kwargs)`, give as the query."""
    call = sink.use.call if sink.use is not None else None
    if call is None or not any(arg.star == "**" for arg in call.args):
        return
    for given, caller in callers_of(context.resolver, sink.scope)[:_MAX_CALLERS]:
        query = given.by_name().get("params")
        for origin in context.resolver.origins(query, caller, None) if query is not None else ():
            for inner in _inside(context, origin):
                yield replace(inner, calls=inner.calls | {(id(sink.scope), id(given))})


def _inside(context: Context, origin: Origin) -> list[Origin]:
    if origin.kind != "container":
        return [origin]
    return [inner.within(origin) for inner in of_element(context.resolver, origin, None)]


def _asked_in_tries(context: Context) -> dict[tuple[int, int], list[Sink]]:
    """What is asked for in the body of a try, by the function and the try's number."""
    checks = "raise_for_status" in context.module.words.all
    asks = _ASKS_AND_CHECKS if checks else _ASKS
    found: dict[tuple[int, int], list[Sink]] = {}
    for sink in context.sinks_of({"url"}):
        if sink.use is not None and asks.match(sink.name):
            for kind, number, part in sink.use.call.context:
                if kind == "try" and part == "body":
                    found.setdefault((id(sink.scope), number), []).append(sink)
    return found
