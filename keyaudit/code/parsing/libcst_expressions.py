"""Converts expressions of libcst to our syntax, in source order."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import libcst as cst

from keyaudit.code import syntax as s
from keyaudit.code.parsing.assignment_targets import bound_names
from keyaudit.code.parsing.operator_chains import chained
from keyaudit.code.parsing.tokens import Tokens

OPERATORS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//",
    "Modulo": "%", "Power": "**", "LeftShift": "<<", "RightShift": ">>", "BitOr": "|",
    "BitAnd": "&", "BitXor": "^", "MatrixMultiply": "@", "And": "and", "Or": "or",
    "Not": "not", "Minus": "-", "Plus": "+", "BitInvert": "~", "Equal": "==",
    "NotEqual": "!=", "LessThan": "<", "LessThanEqual": "<=", "GreaterThan": ">",
    "GreaterThanEqual": ">=", "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in",
}  # fmt: skip
_CONSTANTS = {"None": None, "True": True, "False": False}


class ExpressionConverter:
    """Converts the expressions of one piece whose text begins at character `base`.

    `bound` and `outer` are stacks, one entry a scope: the names the scope binds, and those it
    declares global or nonlocal.
    """

    def __init__(self, text: str, base: int) -> None:
        self._tokens = Tokens(text, base)
        self._bound: list[set[str]] = [set()]
        self._outer: list[set[str]] = [set()]

    def _params(self, node: cst.Parameters) -> list[s.Param]:
        params = [self._param(p, "") for p in (*node.posonly_params, *node.params)]
        if isinstance(node.star_arg, cst.Param):
            params.append(self._param(node.star_arg, "*"))
        params += [self._param(p, "only") for p in node.kwonly_params]
        if node.star_kwarg is not None:
            params.append(self._param(node.star_kwarg, "**"))
        return params

    def _param(self, node: cst.Param, kind: str) -> s.Param:
        place = self._tokens.take(node.name.value)
        told = node.annotation
        annotation = self.expr(told.annotation) if told is not None else None
        default = self.expr(node.default) if node.default is not None else None
        return s.Param(node.name.value, default, kind, *place, annotation)

    def _target(self, node: Any) -> s.Expr:
        target = self.expr(node)
        self._bound[-1].update(bound_names(target))
        return target

    def expr(self, node: Any) -> s.Expr:
        """The expression for a libcst expression node."""
        handler = _EXPRESSIONS.get(type(node).__name__)
        if handler is not None:
            return handler(self, node)
        parts = [self.expr(c) for c in node.children if isinstance(c, cst.BaseExpression)]
        place = (parts[0].pos, parts[-1].end) if parts else self._tokens.take("\0")
        return s.Opaque(*place, parts)

    def _name(self, node: cst.Name) -> s.Expr:
        place = self._tokens.take(node.value)
        if node.value in _CONSTANTS:
            return s.Const(*place, _CONSTANTS[node.value])
        return s.Name(*place, node.value)

    def _number(self, node: Any) -> s.Expr:
        place = self._tokens.take(node.value)
        try:
            value = ast.literal_eval(node.value)
        except (ValueError, SyntaxError):  # a number too long for Python's own limit
            return s.Opaque(*place, [])
        return s.Const(*place, value)

    def _ellipsis(self, node: cst.Ellipsis) -> s.Expr:
        place = self._tokens.take("\0")
        return s.Const(*place, ...)

    def _string(self, node: cst.SimpleString) -> s.Expr:
        place = self._tokens.take(node.value)
        try:
            value = node.evaluated_value
        except Exception:  # an escape no Python accepts; libcst lets it pass
            return s.Opaque(*place, [])
        return s.Const(*place, value)

    def _concatenated(self, node: cst.ConcatenatedString) -> s.Expr:
        left = self.expr(node.left)
        right = self.expr(node.right)
        if isinstance(left, s.Const) and isinstance(right, s.Const):
            if type(left.value) is type(right.value):
                return s.Const(left.pos, right.end, left.value + right.value)
            return s.Opaque(left.pos, right.end, [])
        parts = [part for side in (left, right)
                 for part in (side.parts if isinstance(side, s.Text) else [side])]  # fmt: skip
        for part in parts:
            _move(part, left.pos, right.end)
        return s.Text(left.pos, right.end, parts)

    def _formatted(self, node: Any) -> s.Expr:
        place = self._tokens.take_string()
        before = self._tokens.hold(place)
        parts: list[s.Expr] = []
        for part in node.parts:
            if hasattr(part, "expression"):
                parts.append(self.expr(part.expression))
            else:
                parts.append(s.Const(*place, part.value))
        self._tokens.hold(before)
        return s.Text(*place, parts)

    def _attribute(self, node: cst.Attribute) -> s.Expr:
        value = self.expr(node.value)
        _, end = self._tokens.take(node.attr.value)
        return s.Attr(value.pos, end, value, node.attr.value)

    def _subscript(self, node: cst.Subscript) -> s.Expr:
        value = self.expr(node.value)
        _, partner = self._tokens.enter("[")
        indices = [self._index(element.slice) for element in node.slice]
        end = self._tokens.leave(partner)
        index = indices[0]
        if len(indices) > 1:
            index = s.Seq(indices[0].pos, indices[-1].end, "tuple", indices)
        return s.Sub(value.pos, end, value, index)

    def _index(self, node: Any) -> s.Expr:
        if isinstance(node, cst.Index):
            return self.expr(node.value)
        parts = [
            self.expr(p) if p is not None else None for p in (node.lower, node.upper, node.step)
        ]
        known = [part for part in parts if part is not None]
        place = (known[0].pos, known[-1].end) if known else (0, 0)
        return s.Slice(*place, parts[0], parts[1], parts[2])

    def _call(self, node: cst.Call) -> s.Expr:
        func = self.expr(node.func)
        _, partner = self._tokens.enter("(")
        args = [self._arg(arg) for arg in node.args]
        return s.Call(func.pos, self._tokens.leave(partner), func, args)

    def _arg(self, node: cst.Arg) -> s.Arg:
        if node.keyword is not None:
            self._tokens.take(node.keyword.value)
        name = node.keyword.value if node.keyword is not None else None
        return s.Arg(name, node.star, self.expr(node.value))

    def _binary(self, node: cst.BinaryOperation) -> s.Expr:
        # A long chain leans left: unrolled, so that it does not exhaust the stack.
        chain: list[tuple[str, Any]] = []
        first: Any = node
        while isinstance(first, cst.BinaryOperation) and (first is node or not first.lpar):
            chain.append((OPERATORS.get(type(first.operator).__name__, "?"), first.right))
            first = first.left
        left = self.expr(first)
        return chained(left, [(operator, self.expr(right)) for operator, right in reversed(chain)])

    def _boolean(self, node: cst.BooleanOperation) -> s.Expr:
        left = self.expr(node.left)
        right = self.expr(node.right)
        return s.BoolOp(left.pos, right.end, OPERATORS[type(node.operator).__name__], left, right)

    def _unary(self, node: cst.UnaryOperation) -> s.Expr:
        value = self.expr(node.expression)
        operator = OPERATORS[type(node.operator).__name__]
        if operator == "-" and isinstance(value, s.Const) and isinstance(value.value, int | float):
            return s.Const(value.pos, value.end, -value.value)
        return s.Unary(value.pos, value.end, operator, value)

    def _compare(self, node: cst.Comparison) -> s.Expr:
        left = self.expr(node.left)
        rest = [
            (OPERATORS[type(part.operator).__name__], self.expr(part.comparator))
            for part in node.comparisons
        ]
        return s.Compare(left.pos, rest[-1][1].end, left, rest)

    def _conditional(self, node: cst.IfExp) -> s.Expr:
        body = self.expr(node.body)
        test = self.expr(node.test)
        orelse = self.expr(node.orelse)
        return s.IfExp(body.pos, orelse.end, test, body, orelse)

    def _sequence(self, node: cst.Tuple | cst.List | cst.Set) -> s.Expr:
        kind = type(node).__name__.lower()
        partner = -1
        start: int | None = None
        if kind != "tuple" or node.lpar:
            start, partner = self._tokens.enter({"list": "[", "set": "{"}.get(kind, "("))
        items: list[s.Expr] = []
        for element in node.elements:
            value = self.expr(element.value)
            if isinstance(element, cst.StarredElement):
                value = s.Starred(value.pos, value.end, value)
            items.append(value)
        if start is None:
            return s.Seq(items[0].pos, items[-1].end, kind, items)
        return s.Seq(start, self._tokens.leave(partner), kind, items)

    def _dict(self, node: cst.Dict) -> s.Expr:
        start, partner = self._tokens.enter("{")
        items: list[tuple[s.Expr | None, s.Expr]] = []
        for element in node.elements:
            key = self.expr(element.key) if isinstance(element, cst.DictElement) else None
            items.append((key, self.expr(element.value)))
        return s.Dict(start, self._tokens.leave(partner), items)

    def _comprehension(self, node: Any) -> s.Expr:
        kind = type(node).__name__
        elt = self.expr(node.key if kind == "DictComp" else node.elt)
        value = self.expr(node.value) if kind == "DictComp" else None
        fors: list[tuple[s.Expr, s.Expr, list[s.Expr]]] = []
        clause = node.for_in
        while clause is not None:
            target = self.expr(clause.target)
            iterable = self.expr(clause.iter)
            fors.append((target, iterable, [self.expr(part.test) for part in clause.ifs]))
            clause = clause.inner_for_in
        return s.Comp(elt.pos, fors[-1][1].end, kind, elt, value, fors)

    def _lambda(self, node: cst.Lambda) -> s.Expr:
        pos, _ = self._tokens.take("lambda")
        params = self._params(node.params)
        body = self.expr(node.body)
        return s.Lambda(pos, body.end, params, body)

    def _walrus(self, node: cst.NamedExpr) -> s.Expr:
        target = self._target(node.target)
        value = self.expr(node.value)
        return s.Walrus(target.pos, value.end, target, value)

    def _await(self, node: cst.Await) -> s.Expr:
        value = self.expr(node.expression)
        return s.Await(value.pos, value.end, value)

    def _yield(self, node: cst.Yield) -> s.Expr:
        place = self._tokens.take("yield")
        if node.value is None:
            return s.Opaque(*place, [])
        each = isinstance(node.value, cst.From)
        value = self.expr(node.value.item if isinstance(node.value, cst.From) else node.value)
        return s.Yield(place[0], value.end, value, each)


def _move(expr: s.Expr, pos: int, end: int) -> None:
    """Gives an expression and all in it one place."""
    expr.pos, expr.end = pos, end
    for part in s.children(expr):
        _move(part, pos, end)


_C = ExpressionConverter
_EXPRESSIONS: dict[str, Callable[[ExpressionConverter, Any], s.Expr]] = {
    "Name": _C._name, "Integer": _C._number, "Float": _C._number,
    "Imaginary": _C._number, "Ellipsis": _C._ellipsis,
    "SimpleString": _C._string, "ConcatenatedString": _C._concatenated,
    "FormattedString": _C._formatted, "TemplatedString": _C._formatted,
    "Attribute": _C._attribute, "Subscript": _C._subscript,
    "Call": _C._call, "BinaryOperation": _C._binary,
    "BooleanOperation": _C._boolean, "UnaryOperation": _C._unary,
    "Comparison": _C._compare, "IfExp": _C._conditional,
    "Tuple": _C._sequence, "List": _C._sequence, "Set": _C._sequence,
    "Dict": _C._dict, "ListComp": _C._comprehension,
    "SetComp": _C._comprehension, "GeneratorExp": _C._comprehension,
    "DictComp": _C._comprehension, "Lambda": _C._lambda,
    "NamedExpr": _C._walrus, "Await": _C._await, "Yield": _C._yield,
}  # fmt: skip
