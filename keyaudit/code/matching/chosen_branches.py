"""Which caller's value gets into a branch that another argument of the same call decides.

`set_option(name, value)` is passed `"secret_key"` with a key, and shows the value in a branch for
`name == "verbosity"`: the key does not get there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from keyaudit.code import syntax as s
from keyaudit.code.provenance.callers import callers_of
from keyaudit.code.provenance.origin import Origin
from keyaudit.code.provenance.resolver import Resolver
from keyaudit.code.semantics.argument_binding import bind_params
from keyaudit.code.semantics.scopes import Scope

Branches = tuple[tuple[str, int, str], ...]
_MAX_PARTS = 40


def reachable_through(
    resolver: Resolver, origins: list[Origin], scope: Scope, branches: Branches
) -> list[Origin]:
    """The origins without those that came by a call whose other arguments lead to another branch.

    A branch counts where its test reads a parameter by whose text callers choose: where the call
    passes a constant text for it, and the test is not known to hold for that text, the value is
    taken not to get there.
    """
    mine = id(scope)
    # Asked first: in a function of a thousand branches each sink stands behind all tests before it.
    if not any(number == mine for o in origins for number, _ in o.calls):
        return origins
    tests = [(scope.tests[n], part) for kind, n, part in branches
             if kind == "if" and n in scope.tests]  # fmt: skip
    names = {param.name for param in scope.params}
    asked = [(test, part, read) for test, part in tests if (read := names & set(_names(test)))]
    if not asked:
        return origins
    known = {id(call): call for call, _ in
             (*resolver.foreign_callers.get(mine, ()), *callers_of(resolver, scope))}  # fmt: skip
    kept = []
    for origin in origins:
        calls = [known[call] for number, call in origin.calls if number == mine and call in known]
        if all(_may_lead(scope, call, asked) for call in calls):
            kept.append(origin)
    return kept


def _may_lead(scope: Scope, call: s.Call, asked: Iterable[tuple[s.Expr, str, set[str]]]) -> bool:
    method = scope.owner is not None and not scope.is_static
    given = bind_params(call, scope.params, method).values
    texts = {name: text for name, value in given.items()
             if (text := s.literal_text(value)) is not None}  # fmt: skip
    for test, part, read in asked:
        if read.isdisjoint(texts):
            continue
        holds = _holds(test, texts)
        if holds is None or holds != (part == "body"):
            return False
    return True


def _holds(test: s.Expr, texts: Mapping[str, str]) -> bool | None:
    """Whether a test holds for these texts; None where that cannot be said."""
    match test:
        case s.Compare(left=s.Name(id=name), rest=[(operator, right)]) if name in texts:
            values = _constants(right)
            if values is None:
                return None
            if operator in ("==", "in"):
                return texts[name] in values
            return texts[name] not in values if operator in ("!=", "not in") else None
        case s.BoolOp(op=op, left=left, right=right):
            sides = (_holds(left, texts), _holds(right, texts))
            decides = op == "or"
            if decides in sides:
                return decides
            return None if None in sides else not decides
        case s.Unary(op="not", value=value):
            inner = _holds(value, texts)
            return None if inner is None else not inner
        case s.Name(id=name) if name in texts:
            return bool(texts[name])
    return None


def _constants(expr: s.Expr) -> list[object] | None:
    items = expr.items if isinstance(expr, s.Seq) else [expr]
    found = [item.value for item in items if isinstance(item, s.Const)]
    return found if len(found) == len(items) else None


def _names(expr: s.Expr) -> Iterator[str]:
    waiting = [expr]
    for _ in range(_MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, s.Name):
            yield part.id
        waiting += s.children(part)
