"""One thing that a program declares, and what its name says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from keyaudit.code import syntax as s
from keyaudit.code.semantics.scopes import Module, Scope
from keyaudit.core.patterns import regex

# The name of a function that makes a token.
MAKES_TOKEN = regex(
    r"(?i)^_*(?:create|generate|make|issue|encode|sign|new|build|mint|gen)_?(?:\w+_)?(?:token|jwt)s?$"
)
_MAX_NESTING = 6


class Declaration(NamedTuple):
    """What is declared: its name, the call or place that declares it, what it holds (one of
    `core.secret_names`' words, or of a lifetime what that is of), where it stands, and of a
    lifetime its days, of a length its characters. `unless` are kinds of call that silence it where
    the tree has one."""

    name: str
    call: str
    held: str
    place: tuple[int, int]
    days: float = 0
    unless: frozenset[str] = frozenset()


def last_item(path: str) -> str:
    """The constant item that an assigned path ends in: `token` of `spec['token']`; else ""."""
    found = re.search(r"\[['\"]([\w.-]+)['\"]\]\Z", path)
    return found[1] if found else ""


def expressions(scope: Scope) -> Iterator[s.Expr]:
    """What a scope names, passes or returns, each once."""
    seen: set[int] = set()
    for expr in _roots(scope):
        if id(expr) not in seen:
            seen.add(id(expr))
            yield expr


def _roots(scope: Scope) -> Iterator[s.Expr]:
    for bindings in scope.bindings.values():
        for binding in bindings:
            if binding.kind in ("value", "augment") and binding.value is not None:
                yield binding.value
    yield from scope.returns
    for call in scope.calls:
        for arg in call.args:
            yield arg.value


def entries(expr: s.Expr) -> Iterator[tuple[str, s.Expr, tuple[int, int]]]:
    """The entries of a dict display or of a call of `dict`: name, value, and the place of the
    name (of a keyword, that of the value)."""
    if isinstance(expr, s.Dict):
        for key, value in expr.items:
            name = s.literal_text(key)
            if key is not None and name is not None:
                yield name, value, (key.pos, key.end)
    elif isinstance(expr, s.Call) and isinstance(expr.func, s.Name) and expr.func.id == "dict":
        for arg in expr.args:
            if arg.name is not None:
                yield arg.name, arg.value, (arg.value.pos, arg.value.end)


def dicts_in(exprs: Iterable[s.Expr], depth: int = 0) -> Iterator[s.Expr]:
    """The dict displays and calls of `dict` in some expressions, those within others included."""
    for expr in exprs:
        if any(True for _ in entries(expr)):
            yield expr
        if depth < _MAX_NESTING:
            yield from dicts_in(s.children(expr), depth + 1)


def within(expr: s.Expr, deepest: int, depth: int = 0) -> Iterator[s.Expr]:
    """An expression and its parts, down to a depth."""
    yield expr
    if depth < deepest:
        for part in s.children(expr):
            yield from within(part, deepest, depth + 1)


# By module and function: several readings ask for them, of every function.
_tables: WeakKeyDictionary[Module, dict[int, list[s.Expr]]] = WeakKeyDictionary()


def tables_of(scope: Scope) -> list[s.Expr]:
    """The dict displays and calls of `dict` that stand directly in a scope."""
    known = _tables.setdefault(scope.module, {})
    found = known.get(id(scope))
    if found is None:
        found = known[id(scope)] = list(dicts_in(expressions(scope)))
    return found
