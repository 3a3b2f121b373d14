"""Whether another call precedes a call on every path through their function: TLS that is started
before a password is sent only if an option, or the server, says so."""

from __future__ import annotations

from collections.abc import Collection

from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context
from keyaudit.code.matching.defaults import by_default
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.core.patterns import regex

Path = tuple[tuple[int, str], ...]
# An option that takes a protection away (`no_tls`, `insecure`) is off unless somebody sets it.
_TAKES_AWAY = regex(
    r"(?i)(?:^|[._\"'(])(?:no|non|disable\w*|insecure|plain\w*|skip\w*|without|unsafe|local\w*"
    r"|debug|testing"
    r"|dev\w*)(?:$|[._\"')])"
)
_MAX_CALLS = 40


def is_left_out(context: Context, use: Use, kinds: Collection[str]) -> bool:
    """Whether the function of a call has calls of these kinds before it, and a path on which none
    is reached. What is done unless somebody sets an option counts as done."""
    asked = frozenset(kinds)
    mine = _path(use.call)
    found = [
        call
        for call in use.scope.calls[: _MAX_CALLS * 8]
        if call.pos < use.call.end
        and call is not use.call
        and asked & context.kinds_of(call, use.scope)
    ]
    if not found or any(_is_default(context, use, call, mine) for call in found):
        return False
    return not _covers(mine, [_path(call) for call in found[:_MAX_CALLS]])


def _path(call: s.Call) -> Path:
    """The branches of `if`s that a call stands in, outermost first."""
    return tuple((number, part) for kind, number, part in call.context if kind == "if")


def _is_default(context: Context, use: Use, call: s.Call, mine: Path) -> bool:
    """Whether a call is made where every option that decides about it has its default."""
    scope, text = use.scope, use.scope.module.text
    others = [step for step in _path(call) if step not in mine]
    for number, part in others:
        test = scope.tests.get(number)
        if test is None or part not in ("body", "else"):
            return False
        taken = by_default(context.resolver, test, scope)
        negated = isinstance(test, s.Unary) and test.op == "not"
        opposite = negated is (part == "body") and _TAKES_AWAY.search(text[test.pos : test.end])
        if not opposite and (taken is None or taken is not (part == "body")):
            return False
    return bool(others)


def _covers(done: Path, others: list[Path]) -> bool:
    """Whether each run that takes the branches of `done` takes all those of one of the others."""
    known = set(done)
    if any(known.issuperset(path) for path in others):
        return True
    for number in {n for path in others for n, _ in path if (n, "body") not in known}:
        if (number, "else") in known:
            continue
        parts = [[path for path in others if (number, part) in path] for part in ("body", "else")]
        if all(parts) and all(
            _covers((*done, (number, part)), inner)
            for part, inner in zip(("body", "else"), parts, strict=True)
        ):
            return True
    return False
