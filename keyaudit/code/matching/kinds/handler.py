"""`handler`: an `except` that catches everything around a key operation and says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.sinks import Use
from keyaudit.code.provenance.call_targets import last_part
from keyaudit.code.provenance.modelled_returns import short
from keyaudit.code.semantics.scopes import Scope, TryFacts

_BROAD = frozenset({"Exception", "BaseException"})
_TELLS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log",
                    "print", "capture_exception", "print_exc", "write", "record", "append", "put",
                    "fail", "exit", "abort", "emit", "notify", "handle_error"})  # fmt: skip


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The broad and silent handlers of a try whose body has a call of the kinds."""
    asked = frozenset(match.parameters["kinds"])
    guarded = {id(use.call): use for use in context.uses if asked & use.model.kinds}
    for scope in context.scopes:
        first = _first_in_tries(scope, guarded)
        for facts in scope.tries:
            if facts.number in first and not context.silenced(match, scope):
                yield from _hits(rule, scope, facts, short(first[facts.number].model.name))


def _first_in_tries(scope: Scope, guarded: dict[int, Use]) -> dict[int, Use]:
    """The first guarded call in the body of each try, by its number."""
    found: dict[int, Use] = {}
    for call in scope.calls if scope.tries else ():
        if id(call) in guarded:
            for kind, number, part in call.context:
                if (kind, part) == ("try", "body"):
                    found.setdefault(number, guarded[id(call)])
    return found


def _hits(rule: Rule, scope: Scope, facts: TryFacts, call: str) -> Iterator[Hit]:
    for handler in facts.handlers:
        if _is_broad(handler.type) and not _speaks(handler.body):
            words = {"call": call, "name": scope.name or "the module"}
            yield Hit(rule, scope, (handler.pos, handler.end), call, words)


def _is_broad(kind: s.Expr | None) -> bool:
    if isinstance(kind, s.Seq):
        return any(_is_broad(item) for item in kind.items)
    return kind is None or (isinstance(kind, s.Name) and kind.id in _BROAD)


def _speaks(body: Iterable[s.Stmt]) -> bool:
    """Whether a handler raises, or calls something that makes the error known."""
    for statement in body:
        match statement:
            case s.Raise():
                return True
            case s.If():
                if any(map(_speaks, s.bodies(statement))):
                    return True
            case s.With(body=inner) | s.Loop(body=inner) | s.Try(body=inner):
                if _speaks(inner):
                    return True
            case s.ExprStmt(value=value) | s.Return(value=value) | s.Assign(value=value):
                if value is not None and _tells(value):
                    return True
    return False


def _tells(expr: s.Expr) -> bool:
    if isinstance(expr, s.Call) and last_part(expr.func) in _TELLS:
        return True
    return any(_tells(child) for child in s.children(expr))
