"""`handler`: an `except` that catches everything around a key operation and says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.provenance.call_targets import last_part
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.semantics.scopes import Scope, TryFacts

_BROAD = frozenset({"Exception", "BaseException"})
# What makes an error known, by how its name begins.
_TELLS = re.compile(
    r"_*(?:debug|info|warn|error|exception|critical|log|print|capture|write|record|append|put|fail"
    r"|exit|abort|emit|notify|handle_|report|alert|send|raise|flash|echo|secho|add_|set_exc|on_err"
    r"|messagebox|show)",
    re.IGNORECASE,
)


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The broad and silent handlers of a try whose body has a call of the kinds."""
    asked = frozenset(match.parameters["kinds"])
    broad = _BROAD.union(match.parameters.get("errors", ()))
    guarded = {id(use.call): use for use in context.uses if asked & use.model.kinds}
    for scope in context.scopes:
        first = _first_in_tries(scope, guarded)
        for facts in scope.tries:
            if facts.number in first and not context.silenced(match, scope):
                yield from _hits(
                    rule, scope, facts, short_name(first[facts.number].model.name), broad
                )


def _first_in_tries(scope: Scope, guarded: dict[int, Use]) -> dict[int, Use]:
    """The first guarded call in the body of each try, by its number."""
    found: dict[int, Use] = {}
    for call in scope.calls if scope.tries else ():
        if id(call) in guarded:
            for kind, number, part in call.context:
                if (kind, part) == ("try", "body"):
                    found.setdefault(number, guarded[id(call)])
    return found


def _hits(
    rule: Rule, scope: Scope, facts: TryFacts, call: str, broad: frozenset[str]
) -> Iterator[Hit]:
    for handler in facts.handlers:
        if _is_broad(handler.type, broad) and not _speaks(handler.body, handler.name):
            words = {"call": call, "name": scope.name or "the module"}
            yield Hit(rule, scope, (handler.pos, handler.end), call, words)


def _is_broad(kind: s.Expr | None, broad: frozenset[str]) -> bool:
    if isinstance(kind, s.Seq):
        return any(_is_broad(item, broad) for item in kind.items)
    return kind is None or last_part(kind) in broad


def _speaks(body: Iterable[s.Stmt], error: str | None) -> bool:
    """Whether a handler raises, calls something that makes the error known, or hands it on, in
    what it returns or remembers."""
    for statement in body:
        match statement:
            case s.Raise():
                return True
            case s.If():
                if any(_speaks(inner, error) for inner in s.bodies(statement)):
                    return True
            case s.With(body=inner) | s.Loop(body=inner) | s.Try(body=inner):
                if _speaks(inner, error):
                    return True
            case s.ExprStmt(value=value) | s.Return(value=value) | s.Assign(value=value):
                if value is not None and _tells(value, error):
                    return True
    return False


def _tells(expr: s.Expr, error: str | None) -> bool:
    if isinstance(expr, s.Call) and _TELLS.match(last_part(expr.func)):
        return True
    if isinstance(expr, s.Name) and expr.id == error:
        return True
    return any(_tells(child, error) for child in s.children(expr))
