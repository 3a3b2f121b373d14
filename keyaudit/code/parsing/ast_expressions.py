"""Converts expressions of the standard parser (`ast`) to our syntax."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from keyaudit.code import syntax as s
from keyaudit.code.parsing.assignment_targets import bound_names
from keyaudit.code.parsing.operator_chains import chained
from keyaudit.code.parsing.positions import Positions

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitAnd: "&",
    ast.BitXor: "^", ast.MatMult: "@", ast.And: "and", ast.Or: "or", ast.Not: "not",
    ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<",
    ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in",
}  # fmt: skip


class ExpressionReader:
    """Reads the expressions of one piece whose text begins at character `base`.

    `bound` and `outer` are stacks, one entry a scope: the names the scope binds, and those it
    declares global or nonlocal.
    """

    def __init__(self, text: str, base: int) -> None:
        self._places = Positions(text, base)
        # Inside an f-string every node has the place of the whole.
        self._held: tuple[int, int] | None = None
        self._bound: list[set[str]] = [set()]
        self._outer: list[set[str]] = [set()]

    def expr(self, node: ast.expr) -> s.Expr:
        """The expression for a node."""
        handler = _EXPRESSIONS.get(type(node))
        if handler is not None:
            return handler(self, node)
        return s.Opaque(
            *self._place(node),
            [self.expr(child) for child in ast.iter_child_nodes(node)
             if isinstance(child, ast.expr)],
        )  # fmt: skip

    def operator(self, node: ast.AST) -> str:
        """The operator as it is written."""
        return _OPERATORS.get(type(node), "?")

    def _place(self, node: ast.AST) -> tuple[int, int]:
        return self._held or (self._places.start(node), self._places.end(node))

    def _end(self, node: ast.AST) -> int:
        return self._held[1] if self._held else self._places.end(node)

    def _target(self, node: ast.expr) -> s.Expr:
        target = self.expr(node)
        self._bound[-1].update(bound_names(target))
        return target

    def _params(self, node: ast.arguments) -> list[s.Param]:
        places = [*node.posonlyargs, *node.args]
        bare = len(places) - len(node.defaults)
        defaults: list[ast.expr | None] = [*[None] * bare, *node.defaults]
        params = [self._param(p, d, "") for p, d in zip(places, defaults, strict=True)]
        if node.vararg is not None:
            params.append(self._param(node.vararg, None, "*"))
        named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        params += [self._param(param, default, "only") for param, default in named]
        if node.kwarg is not None:
            params.append(self._param(node.kwarg, None, "**"))
        return params

    def _param(self, node: ast.arg, default: ast.expr | None, kind: str) -> s.Param:
        pos = self._held[0] if self._held else self._places.start(node)
        end = self._held[1] if self._held else pos + len(node.arg)
        annotation = self.expr(node.annotation) if node.annotation else None
        value = self.expr(default) if default else None
        return s.Param(node.arg, value, kind, pos, end, annotation)

    def _name(self, node: ast.Name) -> s.Expr:
        return s.Name(*self._place(node), node.id)

    def _constant(self, node: ast.Constant) -> s.Expr:
        return s.Const(*self._place(node), node.value)

    def _joined(self, node: Any) -> s.Expr:
        place = self._place(node)
        before, self._held = self._held, place
        parts = [
            self.expr(getattr(part, "value", part))
            if not isinstance(part, ast.Constant)
            else s.Const(*place, part.value)
            for part in node.values
        ]
        self._held = before
        return s.Text(*place, parts)

    def _attribute(self, node: ast.Attribute) -> s.Expr:
        value = self.expr(node.value)
        return s.Attr(value.pos, self._end(node), value, node.attr)

    def _subscript(self, node: ast.Subscript) -> s.Expr:
        value = self.expr(node.value)
        return s.Sub(value.pos, self._end(node), value, self.expr(node.slice))

    def _slice(self, node: ast.Slice) -> s.Expr:
        parts = [self.expr(p) if p is not None else None
                 for p in (node.lower, node.upper, node.step)]  # fmt: skip
        return s.Slice(*self._place(node), parts[0], parts[1], parts[2])

    def _call(self, node: ast.Call) -> s.Expr:
        func = self.expr(node.func)
        return s.Call(func.pos, self._end(node), func, self._args(node.args, node.keywords))

    def _args(self, plain: list[ast.expr], named: list[ast.keyword]) -> list[s.Arg]:
        """The arguments of a call, or the bases of a class, as they stand in the text."""
        if not named:
            return [self._arg(node) for node in plain]
        last = (plain[-1].lineno, plain[-1].col_offset) if plain else (0, 0)
        if last <= (named[0].lineno, named[0].col_offset):
            return [*map(self._arg, plain), *map(self._arg, named)]
        mixed: list[ast.expr | ast.keyword] = [*plain, *named]
        mixed.sort(key=lambda node: (node.lineno, node.col_offset))
        return [self._arg(node) for node in mixed]

    def _arg(self, node: ast.expr | ast.keyword) -> s.Arg:
        if isinstance(node, ast.keyword):
            return s.Arg(node.arg, "" if node.arg else "**", self.expr(node.value))
        if isinstance(node, ast.Starred):
            return s.Arg(None, "*", self.expr(node.value))
        return s.Arg(None, "", self.expr(node))

    def _binary(self, node: ast.BinOp) -> s.Expr:
        # A long chain leans left: unrolled, so that it does not exhaust the stack.
        chain: list[ast.BinOp] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            chain.append(first)
            first = first.left
        left = self.expr(first)
        return chained(
            left, [(self.operator(part.op), self.expr(part.right)) for part in reversed(chain)]
        )

    def _boolean(self, node: ast.BoolOp) -> s.Expr:
        operator = self.operator(node.op)
        left = self.expr(node.values[0])
        for value in node.values[1:]:
            right = self.expr(value)
            left = s.BoolOp(left.pos, right.end, operator, left, right)
        return left

    def _unary(self, node: ast.UnaryOp) -> s.Expr:
        value = self.expr(node.operand)
        operator = self.operator(node.op)
        if operator == "-" and isinstance(value, s.Const) and isinstance(value.value, int | float):
            return s.Const(value.pos, value.end, -value.value)
        return s.Unary(value.pos, value.end, operator, value)

    def _compare(self, node: ast.Compare) -> s.Expr:
        left = self.expr(node.left)
        rest = [(self.operator(operator), self.expr(right))
                for operator, right in zip(node.ops, node.comparators, strict=True)]  # fmt: skip
        return s.Compare(left.pos, rest[-1][1].end, left, rest)

    def _conditional(self, node: ast.IfExp) -> s.Expr:
        body = self.expr(node.body)
        test = self.expr(node.test)
        orelse = self.expr(node.orelse)
        return s.IfExp(body.pos, orelse.end, test, body, orelse)

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set) -> s.Expr:
        kind = type(node).__name__.lower()
        return s.Seq(*self._place(node), kind, [self.expr(item) for item in node.elts])

    def _starred(self, node: ast.Starred) -> s.Expr:
        value = self.expr(node.value)
        return s.Starred(value.pos, value.end, value)

    def _dict(self, node: ast.Dict) -> s.Expr:
        items = [(self.expr(key) if key is not None else None, self.expr(value))
                 for key, value in zip(node.keys, node.values, strict=True)]  # fmt: skip
        return s.Dict(*self._place(node), items)

    def _comprehension(self, node: Any) -> s.Expr:
        paired = isinstance(node, ast.DictComp)
        elt = self.expr(node.key if paired else node.elt)
        value = self.expr(node.value) if paired else None
        fors = []
        for clause in node.generators:
            target, iterable = self.expr(clause.target), self.expr(clause.iter)
            fors.append((target, iterable, [self.expr(test) for test in clause.ifs]))
        kind = _COMPREHENSIONS[type(node)]
        return s.Comp(elt.pos, fors[-1][1].end, kind, elt, value, fors)

    def _lambda(self, node: ast.Lambda) -> s.Expr:
        pos, _ = self._place(node)
        params = self._params(node.args)
        body = self.expr(node.body)
        return s.Lambda(pos, body.end, params, body)

    def _walrus(self, node: ast.NamedExpr) -> s.Expr:
        target = self._target(node.target)
        value = self.expr(node.value)
        return s.Walrus(target.pos, value.end, target, value)

    def _await(self, node: ast.Await) -> s.Expr:
        value = self.expr(node.value)
        return s.Await(value.pos, value.end, value)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> s.Expr:
        pos, end = self._place(node)
        if node.value is None:
            return s.Opaque(pos, end, [])
        value = self.expr(node.value)
        return s.Yield(pos, value.end, value, isinstance(node, ast.YieldFrom))


_COMPREHENSIONS: dict[type[ast.AST], str] = {
    ast.ListComp: "ListComp", ast.SetComp: "SetComp", ast.DictComp: "DictComp",
    ast.GeneratorExp: "GeneratorExp",
}  # fmt: skip
_E = ExpressionReader
_EXPRESSIONS: dict[type[ast.AST], Callable[[ExpressionReader, Any], s.Expr]] = {
    ast.Name: _E._name, ast.Constant: _E._constant, ast.JoinedStr: _E._joined,
    ast.Attribute: _E._attribute, ast.Subscript: _E._subscript, ast.Slice: _E._slice,
    ast.Call: _E._call, ast.BinOp: _E._binary, ast.BoolOp: _E._boolean, ast.UnaryOp: _E._unary,
    ast.Compare: _E._compare, ast.IfExp: _E._conditional, ast.Tuple: _E._sequence,
    ast.List: _E._sequence, ast.Set: _E._sequence, ast.Starred: _E._starred, ast.Dict: _E._dict,
    ast.Lambda: _E._lambda, ast.NamedExpr: _E._walrus, ast.Await: _E._await,
    ast.Yield: _E._yield, ast.YieldFrom: _E._yield,
    **dict.fromkeys(_COMPREHENSIONS, _E._comprehension),
}  # fmt: skip
if hasattr(ast, "TemplateStr"):
    _EXPRESSIONS[ast.TemplateStr] = _E._joined
