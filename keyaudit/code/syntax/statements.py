"""Statements. `pos` and `end` are character offsets in the text of the document, end exclusive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from keyaudit.code.syntax.expressions import Arg, Expr, Name, Noted, Param


@dataclass(slots=True, eq=False)
class Stmt:
    """A statement."""

    pos: int
    end: int


@dataclass(slots=True, eq=False)
class Assign(Stmt):
    """`targets[0] = targets[1] = … = value`; `annotated` for an instance field (no ClassVar)."""

    targets: list[Expr]
    value: Expr
    annotated: bool = False


@dataclass(slots=True, eq=False)
class Declare(Stmt):
    """`target: annotation`, without a value."""

    target: Expr
    annotated: bool = False


@dataclass(slots=True, eq=False)
class AugAssign(Stmt):
    """`target op= value`; `op` is without the `=`."""

    target: Expr
    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class Delete(Stmt):
    """`del targets`."""

    targets: list[Expr]


@dataclass(slots=True, eq=False)
class ExprStmt(Stmt):
    """An expression that stands alone."""

    value: Expr


@dataclass(slots=True, eq=False)
class Assert(ExprStmt):
    """`assert value`."""


@dataclass(slots=True, eq=False)
class Return(Stmt):
    """`return value`."""

    value: Expr | None


@dataclass(slots=True, eq=False)
class Raise(Stmt):
    """`raise value`."""

    value: Expr | None


@dataclass(slots=True, eq=False)
class Jump(Stmt):
    """`break` or `continue`."""

    kind: str


@dataclass(slots=True, eq=False)
class If(Stmt):
    """`if test: body`, with an `elif` as the only statement of `orelse`."""

    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]


@dataclass(slots=True, eq=False)
class Loop(Stmt):
    """`while test` (target None) or `for target in test`."""

    target: Expr | None
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]


@dataclass(slots=True, eq=False)
class With(Stmt):
    """`with`: each manager with the target after its `as`."""

    items: list[tuple[Expr, Expr | None]]
    body: list[Stmt]


@dataclass(slots=True, eq=False)
class Handler:
    """An `except` clause; `type` None when it is bare."""

    type: Expr | None
    name: str | None
    body: list[Stmt]
    pos: int
    end: int


@dataclass(slots=True, eq=False)
class Try(Stmt):
    """`try`, with its `else` in `orelse` and its `finally` in `final`."""

    body: list[Stmt]
    handlers: list[Handler]
    orelse: list[Stmt]
    final: list[Stmt]


@dataclass(slots=True, eq=False)
class Match(Stmt):
    """A match statement: arms are (names bound, guard, body)."""

    subject: Expr
    arms: list[tuple[list[Name], Expr | None, list[Stmt]]]


@dataclass(slots=True, eq=False)
class Def(Stmt):
    """A function definition; `bound` are the names its body binds."""

    name: str
    params: list[Param]
    decorators: list[Expr]
    body: list[Stmt]
    bound: set[str]
    outer: set[str]
    scope: Noted = None


@dataclass(slots=True, eq=False)
class Class(Stmt):
    """A class; `bound` are the names its body binds."""

    name: str
    bases: list[Arg]
    decorators: list[Expr]
    body: list[Stmt]
    bound: set[str]
    scope: Noted = None


@dataclass(slots=True, eq=False)
class Import(Stmt):
    """(local name, dotted path) pairs; level is the number of leading dots.

    A local name of "*" imports everything from the path.
    """

    names: list[tuple[str, str]]
    level: int = 0


@dataclass(slots=True, eq=False)
class Outer(Stmt):
    """`global` or `nonlocal`."""

    kind: str
    names: list[str] = field(default_factory=list)


def branches(parts: list[tuple[Expr, list[Stmt]]], orelse: list[Stmt]) -> If:
    """`if` and the `elif`s after it: `parts` are their tests and bodies."""
    for test, body in reversed(parts):
        orelse = [If(test.pos, test.end, test, body, orelse)]
    first = orelse[0]
    assert isinstance(first, If)
    return first


def bodies(node: If) -> Iterator[list[Stmt]]:
    """The bodies of an `if`, of the `elif`s after it and of the `else` after all."""
    while True:
        yield node.body
        following = node.orelse[0] if len(node.orelse) == 1 else None
        if not isinstance(following, If):
            yield node.orelse
            return
        node = following
