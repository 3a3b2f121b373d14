"""The facts' syntax: expressions and statements, plain and small, with their places.

A parser's tree is turned into these nodes once (`reading`); everything after reads only them.
`pos` and `end` are character offsets in the decoded text of the document, end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keyaudit.code.scopes import Binding, Scope
    from keyaudit.code.values import Frame


@dataclass(slots=True, eq=False)
class Expr:
    """An expression."""

    pos: int
    end: int


@dataclass(slots=True, eq=False)
class Const(Expr):
    """A literal: None, a bool, number, str or bytes."""

    value: Any


@dataclass(slots=True, eq=False)
class Name(Expr):
    """A name that is read. `reach`: the bindings that can reach it; None: look outward."""

    id: str
    reach: tuple[Binding, ...] | None = None
    scope: Scope | None = None


@dataclass(slots=True, eq=False)
class Attr(Expr):
    """`value.name`. `reach`: bindings of the same path earlier in the function."""

    value: Expr
    name: str
    reach: tuple[Binding, ...] | None = None


@dataclass(slots=True, eq=False)
class Sub(Expr):
    """`value[index]`; `reach` as for Attr, for constant indices."""

    value: Expr
    index: Expr
    reach: tuple[Binding, ...] | None = None


@dataclass(slots=True, eq=False)
class Slice(Expr):
    """`lower:upper:step` inside a subscript."""

    lower: Expr | None
    upper: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Arg:
    """An argument: `star` is "", "*" or "**"."""

    name: str | None
    star: str
    value: Expr


@dataclass(slots=True, eq=False)
class Call(Expr):
    """A call. `context` says in which blocks it stands (see `flow`), outermost first."""

    func: Expr
    args: list[Arg]
    scope: Scope | None = None
    order: int = 0
    context: tuple[tuple[str, int, str], ...] = ()

    def excludes(self, other: Call) -> bool:
        """Whether the two stand in branches of one function of which only one is taken."""
        parts = {(kind, number): part for kind, number, part in self.context}
        for kind, number, part in other.context:
            mine = parts.get((kind, number), part)
            if kind in ("if", "try") and mine != part and "final" not in (mine, part):
                return True
        return False


@dataclass(slots=True, eq=False)
class BinOp(Expr):
    """`left op right`, for arithmetic."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class BoolOp(Expr):
    """`left and right`, `left or right`."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """`op value`, `not` included."""

    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class Compare(Expr):
    """`left < a < b`: `rest` has each operator with what stands after it."""

    left: Expr
    rest: list[tuple[str, Expr]]
    scope: Scope | None = None


@dataclass(slots=True, eq=False)
class IfExp(Expr):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class Seq(Expr):
    """A tuple, list or set display."""

    kind: str
    items: list[Expr]


@dataclass(slots=True, eq=False)
class Starred(Expr):
    """`*value`, in a call, a display or a target."""

    value: Expr


@dataclass(slots=True, eq=False)
class Dict(Expr):
    """A dict display; a key of None stands before a `**` part."""

    items: list[tuple[Expr | None, Expr]]


@dataclass(slots=True, eq=False)
class Text(Expr):
    """An f-string or a concatenation with one: its parts in order."""

    parts: list[Expr]


@dataclass(slots=True, eq=False)
class Lambda(Expr):
    """`lambda params: body`."""

    params: list[Param]
    body: Expr
    scope: Scope | None = None


@dataclass(slots=True, eq=False)
class Comp(Expr):
    """A comprehension or generator: `fors` are (target, iterable, conditions)."""

    kind: str
    elt: Expr
    value: Expr | None
    fors: list[tuple[Expr, Expr, list[Expr]]]


@dataclass(slots=True, eq=False)
class Walrus(Expr):
    """`target := value`."""

    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Await(Expr):
    """`await value`."""

    value: Expr


@dataclass(slots=True, eq=False)
class Yield(Expr):
    """`yield value`; `each` for `yield from value`."""

    value: Expr
    each: bool


@dataclass(slots=True, eq=False)
class Placed(Expr):
    """An argument handed on: `expr` as it stands in the scope `home`, seen through `frame`.

    The place of the node itself is where it was handed on (`*args`, the call of a partial).
    `note` tells of the argument's own place what became of it there.
    """

    expr: Expr
    home: Scope
    frame: Frame | None
    note: str = ""


@dataclass(slots=True, eq=False)
class Opaque(Expr):
    """Anything the analysis does not look through; its parts still hold calls."""

    parts: list[Expr]


@dataclass(slots=True, eq=False)
class Param:
    """A parameter. `kind`: "" positional or keyword, "only" keyword-only, "*", "**"."""

    name: str
    default: Expr | None
    kind: str
    pos: int
    end: int
    annotation: Expr | None = None


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
    scope: Scope | None = None


@dataclass(slots=True, eq=False)
class Class(Stmt):
    """A class; `bound` are the names its body binds."""

    name: str
    bases: list[Arg]
    decorators: list[Expr]
    body: list[Stmt]
    bound: set[str]
    scope: Scope | None = None


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


def children(node: Expr) -> Iterator[Expr]:
    """The direct sub-expressions of an expression, in source order (lambda bodies excluded)."""
    match node:
        case Const() | Name() | Lambda() | Placed():
            return
        case Attr(value=value) | Unary(value=value) | Starred(value=value) | Await(value=value):
            yield value
        case Yield(value=value):
            yield value
        case Sub(value=value, index=index):
            yield value
            yield index
        case Slice():
            yield from (part for part in (node.lower, node.upper, node.step) if part)
        case Call():
            yield node.func
            yield from (arg.value for arg in node.args)
        case BinOp(left=left, right=right) | BoolOp(left=left, right=right):
            yield left
            yield right
        case Compare():
            yield node.left
            yield from (right for _, right in node.rest)
        case IfExp():
            yield node.test
            yield node.body
            yield node.orelse
        case Seq(items=items):
            yield from items
        case Dict():
            for key, value in node.items:
                if key is not None:
                    yield key
                yield value
        case Text(parts=parts) | Opaque(parts=parts):
            yield from parts
        case Walrus():
            yield node.target
            yield node.value
        case Comp():
            yield node.elt
            if node.value is not None:
                yield node.value
            for target, iterable, conditions in node.fors:
                yield target
                yield iterable
                yield from conditions
