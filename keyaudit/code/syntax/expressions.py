"""Expressions. `pos` and `end` are character offsets in the text of the document, end exclusive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

# What the packages above note on a node: its `Scope`, the `Binding`s that reach it, a `Frame`.
# The syntax carries these without knowing them.
Noted: TypeAlias = Any


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
    reach: tuple[Noted, ...] | None = None
    scope: Noted = None


@dataclass(slots=True, eq=False)
class Attr(Expr):
    """`value.name`. `reach`: bindings of the same path earlier in the function."""

    value: Expr
    name: str
    reach: tuple[Noted, ...] | None = None


@dataclass(slots=True, eq=False)
class Sub(Expr):
    """`value[index]`; `reach` as for Attr, for constant indices."""

    value: Expr
    index: Expr
    reach: tuple[Noted, ...] | None = None


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
    """A call. `context` says in which blocks it stands (see `semantics.use_def`), outermost
    first."""

    func: Expr
    args: list[Arg]
    scope: Noted = None
    order: int = 0
    context: tuple[tuple[str, int, str], ...] = ()

    def by_name(self) -> dict[str, Expr]:
        """The arguments that are given by name."""
        return {arg.name: arg.value for arg in self.args if arg.name is not None}

    def by_position(self) -> list[Expr]:
        """The arguments that are given by their place, `*` and `**` left out."""
        return [arg.value for arg in self.args if arg.name is None and not arg.star]

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
    scope: Noted = None


@dataclass(slots=True, eq=False)
class IfExp(Expr):
    """`body if test else orelse`; `number` as that of an `if` in `Call.context`."""

    test: Expr
    body: Expr
    orelse: Expr
    number: int = 0


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
    scope: Noted = None


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
class Forwarded(Expr):
    """An argument that was forwarded: `expr` as it stands in the scope `home`, seen through
    `frame`.

    The place of the node itself is where it was handed on (`*args`, the call of a partial). `note`
    tells of the argument's own place what became of it there.
    """

    expr: Expr
    home: Noted
    frame: Noted
    note: str = ""


@dataclass(slots=True, eq=False)
class Opaque(Expr):
    """An expression the analysis does not look through; its parts may still hold calls."""

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


def children(node: Expr) -> Sequence[Expr]:
    """The direct sub-expressions of an expression, in source order (lambda bodies excluded)."""
    parts = _PARTS.get(type(node))
    return () if parts is None else parts(node)


def _of_dict(node: Dict) -> list[Expr]:
    return [part for item in node.items for part in item if part is not None]


def _of_comprehension(node: Comp) -> list[Expr]:
    found = [node.elt] if node.value is None else [node.elt, node.value]
    for target, iterable, conditions in node.fors:
        found += [target, iterable, *conditions]
    return found


# By the exact type, since this is asked of every expression of a file. Of those that are absent,
# nothing is a part.
_PARTS: dict[type[Expr], Callable[[Any], Sequence[Expr]]] = {
    Attr: lambda node: (node.value,),
    Sub: lambda node: (node.value, node.index),
    Slice: lambda node: [part for part in (node.lower, node.upper, node.step) if part],
    Call: lambda node: [node.func, *[arg.value for arg in node.args]],
    BinOp: lambda node: (node.left, node.right),
    BoolOp: lambda node: (node.left, node.right),
    Unary: lambda node: (node.value,),
    Compare: lambda node: [node.left, *[right for _, right in node.rest]],
    IfExp: lambda node: (node.test, node.body, node.orelse),
    Seq: lambda node: node.items,
    Starred: lambda node: (node.value,),
    Dict: _of_dict,
    Text: lambda node: node.parts,
    Comp: _of_comprehension,
    Walrus: lambda node: (node.target, node.value),
    Await: lambda node: (node.value,),
    Yield: lambda node: (node.value,),
    Opaque: lambda node: node.parts,
}


def literal_text(expr: Expr | None) -> str | None:
    """The text of a plain string literal; None for anything else."""
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else None


def last_part(expr: Expr) -> str:
    """The last word of a dotted name: `new` for `AES.new`; "" for anything else."""
    if isinstance(expr, Attr):
        return expr.name
    return expr.id if isinstance(expr, Name) else ""
