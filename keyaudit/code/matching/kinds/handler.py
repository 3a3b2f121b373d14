"""`handler`: an `except` that catches everything around a key operation and says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from keyaudit.catalogue.types import Match, Rule
from keyaudit.code import syntax as s
from keyaudit.code.matching.context import Context, Hit
from keyaudit.code.matching.file_helpers import helper_uses
from keyaudit.code.matching.left_on_error import is_made_anew
from keyaudit.code.matching.modelled_calls import Use
from keyaudit.code.matching.secret_files import holds_secret
from keyaudit.code.provenance.modelled_returns import short_name
from keyaudit.code.semantics.scopes import Scope, TryFacts
from keyaudit.code.syntax import last_part
from keyaudit.core.patterns import regex
from keyaudit.core.rule_patterns import compiled

_BROAD = frozenset({"Exception", "BaseException"})
# What makes an error known, by how its name begins.
_TELLS = regex(
    r"_*(?:info|warn|error|exception|critical|log|print|capture|write|record|append|put|fail"
    r"|exit|abort|emit|notify|handle_|report|alert|send|raise|flash|echo|secho|add_|set_exc|on_err"
    r"|messagebox|show|\w+_(?:critical|fatal|error|exit|abort|die|fail)(?![a-z]))",
    re.IGNORECASE,
)

# What writes a line that nobody sees, unless they look for a fault already.
_HUSHED = frozenset({"debug", "trace"})

# What writes a line that no caller sees.
_LOGS = regex(
    r"_*(?:debug|info|warn(?:ing)?|error|exception|critical|fatal|log|trace|msg|print|verbose"
    r"|print_exc|trace_exception|log_\w+)$",
    re.IGNORECASE,
)


def find(context: Context, rule: Rule, match: Match) -> Iterator[Hit]:
    """The broad and silent handlers of a try whose body has a call of the kinds, or one that is
    called as `calls` says. With `told: caller` a line in a log is silence; with `told: onward` only
    a handler counts after which the function goes on; with `answers` one that has a statement that
    is written so."""
    parameters = match.parameters
    broad = _BROAD.union(parameters.get("errors", ()))
    guarded = {id(use.call): short_name(use.model.name) for use in _asked(context, parameters)}
    named = compiled(parameters["calls"]) if "calls" in parameters else None
    where = compiled(parameters["function"]) if "function" in parameters else None
    answers = compiled(parameters["answers"]) if "answers" in parameters else None
    speaks = _TOLD[parameters.get("told", "log")]
    for scope in context.scopes:
        if not scope.tries or (where is not None and not where.search(scope.qualname)):
            continue
        first = _first_in_tries(scope, guarded, named, nearest="file" in parameters)
        for facts in scope.tries:
            if facts.number in first and not context.silenced(match, scope):
                for hit in _hits(rule, scope, facts, first[facts.number], broad, speaks, answers):
                    if speaks is not _speaks:
                        hit.subject += ":caller"  # a line in a log is no remedy for it
                    yield hit


def _asked(context: Context, parameters: Mapping[str, Any]) -> Iterator[Use]:
    """The calls of the kinds; with `file`, those of a file with a secret in it."""
    asked = frozenset(parameters.get("kinds", ()))
    secret = parameters.get("file")
    uses = context.uses
    if secret is not None:
        uses = [*uses, *context.once(("file helpers",), lambda: helper_uses(context))]
    for use in uses:
        if asked & use.model.kinds and (
            secret is None
            or (
                holds_secret(context, use, written="written" in secret, named="named" in secret)
                and not is_made_anew(use)
            )
        ):
            yield use


def _first_in_tries(
    scope: Scope, guarded: dict[int, str], named: re.Pattern[str] | None, *, nearest: bool
) -> dict[int, str]:
    """What the first guarded call in the body of each try calls, by the number of the try. With
    `nearest` a call counts for the try right around it alone."""
    found: dict[int, str] = {}
    for call in scope.calls:
        called = guarded.get(id(call))
        if called is None and named is not None and named.search(last_part(call.func)):
            called = last_part(call.func)
        if called is not None:
            tries = [(number, part) for kind, number, part in call.context if kind == "try"]
            for number, part in tries[-1:] if nearest else tries:
                if part == "body":
                    found.setdefault(number, called)
    return found


def _hits(
    rule: Rule,
    scope: Scope,
    facts: TryFacts,
    call: str,
    broad: frozenset[str],
    speaks: Callable[[Iterable[s.Stmt], str | None], bool],
    answers: re.Pattern[str] | None,
) -> Iterator[Hit]:
    text = scope.module.text
    for handler in facts.handlers:
        given = [text[one.pos : one.end] for one in handler.body] or ["pass"]
        if answers is not None and not any(map(answers.search, given)):
            continue
        if _is_broad(handler.type, broad) and not speaks(handler.body, handler.name):
            words = {"call": call, "name": scope.name or "the module"}
            yield Hit(rule, scope, (handler.pos, handler.end), call, words)


def _is_broad(kind: s.Expr | None, broad: frozenset[str]) -> bool:
    if isinstance(kind, s.Seq):
        return any(_is_broad(item, broad) for item in kind.items)
    if kind is None or last_part(kind) in broad:
        return True
    named = [name for name in broad if "*" in name]
    return any(fnmatchcase(last_part(kind), name) for name in named)


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


def _reaches_caller(body: Iterable[s.Stmt], error: str | None) -> bool:
    """Whether a handler raises, gives something back, remembers the error or ends the program: a
    line in a log tells nobody who could still do something about it."""
    for statement in body:
        match statement:
            case s.Raise() | s.AugAssign():
                return True
            case s.Assign(value=value):
                if not _is_text(value):
                    return True
            case s.If():
                if any(_reaches_caller(inner, error) for inner in s.bodies(statement)):
                    return True
            case s.With(body=inner) | s.Loop(body=inner) | s.Try(body=inner):
                if _reaches_caller(inner, error):
                    return True
            case s.Return(value=value):
                if value is not None and not (isinstance(value, s.Const) and value.value is None):
                    return True
            case s.ExprStmt(value=value):
                logs = isinstance(value, s.Call) and _LOGS.match(last_part(value.func))
                if not logs and _tells(value, error):
                    return True
    return False


def _turns_away(body: Iterable[s.Stmt], error: str | None) -> bool:
    """Whether a handler reaches the caller, or what comes after it in the function is not done."""
    statements = list(body)
    return any(_leaves(one) for one in statements) or _reaches_caller(statements, error)


def _leaves(statement: s.Stmt) -> bool:
    match statement:
        case s.Return() | s.Jump():
            return True
        case s.If():
            return any(_leaves(one) for inner in s.bodies(statement) for one in inner)
        case s.With(body=inner) | s.Loop(body=inner) | s.Try(body=inner):
            return any(map(_leaves, inner))
    return False


def _is_text(expr: s.Expr) -> bool:
    """Whether it is a message, put together only to be logged."""
    while isinstance(expr, s.Call) and isinstance(expr.func, s.Attr):
        expr = expr.func.value  # `"…".format(error)`
    if isinstance(expr, s.BinOp):
        return _is_text(expr.left)
    return isinstance(expr, s.Text) or s.literal_text(expr) is not None


def _tells(expr: s.Expr, error: str | None) -> bool:
    if isinstance(expr, s.Call) and last_part(expr.func) in _HUSHED:
        return False
    if isinstance(expr, s.Call) and _TELLS.match(last_part(expr.func)):
        return True
    if isinstance(expr, s.Name) and expr.id == error:
        return True
    return any(_tells(child, error) for child in s.children(expr))


# Whether a handler tells of an error, by whom a match asks to be told.
_TOLD: Mapping[str, Callable[[Iterable[s.Stmt], str | None], bool]] = {
    "log": _speaks,
    "caller": _reaches_caller,
    "onward": _turns_away,
}
