"""What a function that runs statements is given by one of its callers: the value of one has nothing
to do with the statement of another."""

from __future__ import annotations

from collections.abc import Mapping

from keyaudit.code.matching.context import Context
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.provenance.origin import Origin
from keyaudit.core.rule_patterns import compiled

_ROLE = "record"


def with_their_statement(
    context: Context, sink: Sink, found: list[Origin], patterns: Mapping[str, str]
) -> list[Origin]:
    """Those of the values that a statement is given together with which the same caller passes a
    text that the pattern for the role matches; all where no caller can be told."""
    pattern = patterns.get(_ROLE)
    given = sink.use.arguments.get(_ROLE, ()) if sink.use is not None else ()
    if pattern is None or len(given) < 2 or not any(origin.calls for origin in found):
        return found
    texts = [
        origin
        for origin in context.resolver.origins(given[0][1], sink.scope, None)
        if isinstance(origin.value, str)
    ]
    return [origin for origin in found if _fits(origin, texts, pattern)]


def _fits(origin: Origin, texts: list[Origin], pattern: str) -> bool:
    passed = [str(text.value) for text in texts if text.calls and origin.is_compatible(text)]
    return not (origin.calls and passed) or any(compiled(pattern).search(text) for text in passed)
