"""What a program writes into its log by a function of its own: `common.logging("server", text)`,
`write_log(f"connected with {password}")`, `dprint("got " + token)`.

What such a function does is often not to be seen. That it writes a line for people its name says,
where it is given one: a text of words.
"""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code import syntax as s
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.own_printers import told_where_called
from keyaudit.code.matching.sinks import Sink
from keyaudit.code.matching.surroundings import source_of
from keyaudit.code.provenance.call_targets import callees
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.provenance.text_labels import labels_of_call
from keyaudit.code.selection.own_logs import LEVELS, LOGS
from keyaudit.code.semantics.scopes import Scope
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex

_KINDS = frozenset({"log"})
# What is told less of than it was given.
_HIDES = regex(r"(?i)redact|mask|saniti[sz]|scrub|obfuscat|sensitive|censor|\*\*\*")
_WORDS = regex(r"[^\W\d_]{2,}")


def log_sinks(resolver: Resolver, scope: Scope, uses: list[Use]) -> Iterator[Sink]:
    """What the calls of a scope give such functions, those of modelled calls left out."""
    modelled = {id(use.call) for use in uses if "log" in use.arguments or "output" in use.arguments}
    for call in scope.calls:
        if id(call) in modelled or not _logs(call.func):
            continue
        if not any(_is_message(arg.value) for arg in call.args):
            continue
        if told_where_called(resolver, call, scope) or _hides(resolver, call, scope):
            continue
        said = labels_of_call(call, puts_in=True)
        for arg in call.args:
            if not arg.star and not isinstance(arg.value, s.Const):
                yield Sink("log", arg.value, scope, last_part(call.func), _KINDS,
                           place=(arg.value.pos, arg.value.end), context=call.context,
                           label=said.get(id(arg.value), ""))  # fmt: skip


def _logs(func: s.Expr) -> bool:
    """Whether a function writes a log by its name; one called as a level is must be no method."""
    word = last_part(func)
    if LOGS.fullmatch(word):
        return True
    return isinstance(func, s.Name) and LEVELS.fullmatch(word) is not None


def _is_message(value: s.Expr) -> bool:
    """Whether an expression is a text of words, put together or not."""
    match value:
        case s.Const(value=str(text)):
            return len(_WORDS.findall(text)) > 1
        case s.Text(parts=parts):
            return any(isinstance(part, s.Const) and _has_words(part.value) for part in parts)
        case s.BinOp(op="%" | "+", left=left, right=right):
            return _is_part(left) or _is_part(right)
        case s.Call(func=s.Attr(name="format", value=template)):
            return _is_part(template)
    return False


def _is_part(value: s.Expr) -> bool:
    return _is_message(value) or (isinstance(value, s.Const) and _has_words(value.value))


def _has_words(value: object) -> bool:
    return isinstance(value, str) and _WORDS.search(value) is not None


def _hides(resolver: Resolver, call: s.Call, scope: Scope) -> bool:
    """Whether the function that is called is in sight and leaves things out."""
    return any(
        callee.function is not None and _HIDES.search(source_of(callee.function))
        for callee in callees(resolver, call, scope, None)
    )
