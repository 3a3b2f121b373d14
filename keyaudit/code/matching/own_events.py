"""What a program tells its own record of events: `log_security_event(details={"token": token})`,
`AuditLog.create(action="login", details=f"with {password}")`, `analytics.capture(…)`.

What such a function does is often not to be seen, or only that it hands the event on. That it is
recorded, its name says; so only what is put together for the record counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.deferred_calls import deferred
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_RECORDS = regex(
    r"(?i)_*(?:a?log|record|audit|report|track)_?(?:\w+_)?(?:events?|actions?|activity|attempts?|operation|audit|change)"
    r"(?:_async|_task)?"
    r"|_*(?:(?:create|write|add|save|insert|emit|send|store|record|make|log)_)?(?:\w+_)?audit"
    r"(?:_?(?:log|trail))?(?:_?(?:event|entry|record|action))?(?:_async|_task)?"
)
# Classes of such records, and what is told beside them to a service that counts events.
_RECORD_CLASS = regex(
    r"(?:\w*(?:Audit|Activity|Security|Event)(?:Log|Event|Entry|Record|Trail)+\w{0,6})"
)
_COUNTS = regex(
    r"(?i)_*(?:\w+_)?(?:telemetry|analytics|posthog|mixpanel|amplitude|segment)(?:_client)?"
)
_COUNTED = frozenset({"capture", "track", "identify", "alias", "log_event", "send_event"})
_MAKES = frozenset({"create", "log", "add", "write", "record", "objects", "insert"})
_DETAILS = regex(
    r"(?i)^(?:\w+_)?(?:details?|extra|metadata|meta|data|payload|context|message|msg|description|properties|params"
    r"|info|reason|notes?|attributes|changes|event_data)$"
)
# What is told less of than it was given.
_HIDES = regex(r"(?i)redact|mask|saniti[sz]|scrub|obfuscat|hash|sensitive|strip_")
_KINDS = frozenset({"event-record"})


def event_sinks(resolver: Resolver, scope: Scope, uses: list[Use]) -> Iterator[Sink]:
    """What the calls of a scope put into such records, those of modelled calls left out."""
    modelled = {id(use.call) for use in uses}
    for written in scope.calls:
        call = deferred(written) or written
        if id(written) in modelled or not _records(call.func):
            continue
        told = [arg.value for arg in call.args if _is_told(arg)]
        if not told or _hides(resolver, call, scope):
            continue
        for value in told:
            yield Sink("log", value, scope, last_part(call.func), _KINDS,
                       place=(value.pos, value.end), context=written.context)  # fmt: skip


def _records(func: s.Expr) -> bool:
    word = last_part(func)
    if _RECORDS.fullmatch(word) or _RECORD_CLASS.fullmatch(word):
        return True
    holder = last_part(func.value) if isinstance(func, s.Attr) else ""
    if word in _COUNTED:
        return _COUNTS.fullmatch(holder) is not None
    if holder == "objects" and isinstance(func, s.Attr) and isinstance(func.value, s.Attr):
        holder = last_part(func.value.value)
    of_record = _RECORD_CLASS.fullmatch(holder) or _RECORDS.fullmatch(holder)
    return word in _MAKES and of_record is not None


def _is_told(arg: s.Arg) -> bool:
    """Whether an argument is put together for the record: a dict, a text, or one that is called
    so."""
    if arg.star:
        return False
    if isinstance(arg.value, s.Dict | s.Text):
        return True
    if isinstance(arg.value, s.BinOp) and arg.value.op in "%+":
        return True
    return arg.name is not None and _DETAILS.match(arg.name) is not None


def _hides(resolver: Resolver, call: s.Call, scope: Scope) -> bool:
    """Whether the function that is called is in sight and leaves things out."""
    return any(
        callee.function is not None and _HIDES.search(source_of(callee.function))
        for callee in callees(resolver, call, scope, None)
    )
