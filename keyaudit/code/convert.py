"""libcst's tree -> the facts' syntax, in one walk in source order."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst
from libcst import native

from keyaudit.code import syntax as s
from keyaudit.code.tokens import Tokens

_OPERATORS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//",
    "Modulo": "%", "Power": "**", "LeftShift": "<<", "RightShift": ">>", "BitOr": "|",
    "BitAnd": "&", "BitXor": "^", "MatrixMultiply": "@", "And": "and", "Or": "or",
    "Not": "not", "Minus": "-", "Plus": "+", "BitInvert": "~", "Equal": "==",
    "NotEqual": "!=", "LessThan": "<", "LessThanEqual": "<=", "GreaterThan": ">",
    "GreaterThanEqual": ">=", "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in",
}  # fmt: skip
_CONSTANTS = {"None": None, "True": True, "False": False}


def parse(text: str) -> cst.Module:
    """libcst's module for a text; raises libcst.ParserSyntaxError."""
    module: cst.Module = native.parse_module(text)
    return module


class Converter:
    """Converts one parsed piece whose text begins at character `base` of the document."""

    def __init__(self, text: str, base: int) -> None:
        self._tokens = Tokens(text, base)
        self._bound: list[set[str]] = [set()]
        self._outer: list[set[str]] = [set()]

    def module(self, tree: cst.Module) -> tuple[list[s.Stmt], set[str]]:
        """The piece's statements, and the names they bind at module level."""
        return self._block(tree.body), self._bound[0]

    # -- statements

    def _block(self, body: Sequence[Any]) -> list[s.Stmt]:
        statements: list[s.Stmt] = []
        for node in body:
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    self._statement(small, statements)
            else:
                self._statement(node, statements)
        return statements

    def _suite(self, body: Any) -> list[s.Stmt]:
        return self._block(body.body if isinstance(body, cst.IndentedBlock) else [body])

    def _statement(self, node: Any, out: list[s.Stmt]) -> None:
        if isinstance(node, cst.SimpleStatementSuite):
            for small in node.body:
                self._statement(small, out)
            return
        handler = _STATEMENTS.get(type(node).__name__)
        if handler is not None:
            statement = handler(self, node)
            if statement is not None:
                out.append(statement)

    def _assign(self, node: cst.Assign) -> s.Stmt:
        targets = [self._target(target.target) for target in node.targets]
        value = self.expr(node.value)
        return s.Assign(targets[0].pos, value.end, targets, value)

    def _ann_assign(self, node: cst.AnnAssign) -> s.Stmt:
        target = self._target(node.target)
        self.expr(node.annotation.annotation)
        if node.value is None:
            return s.Declare(target.pos, target.end, target)
        value = self.expr(node.value)
        return s.Assign(target.pos, value.end, [target], value)

    def _aug_assign(self, node: cst.AugAssign) -> s.Stmt:
        target = self._target(node.target)
        value = self.expr(node.value)
        operator = _OPERATORS.get(type(node.operator).__name__.removesuffix("Assign"), "?")
        return s.AugAssign(target.pos, value.end, target, operator, value)

    def _delete(self, node: cst.Del) -> s.Stmt:
        pos, _ = self._tokens.take("del")
        target = self._target(node.target)
        targets = target.items if isinstance(target, s.Seq) else [target]
        return s.Delete(pos, target.end, targets)

    def _expr_stmt(self, node: cst.Expr) -> s.Stmt:
        value = self.expr(node.value)
        return s.ExprStmt(value.pos, value.end, value)

    def _return(self, node: cst.Return) -> s.Stmt:
        pos, end = self._tokens.take("return")
        value = self.expr(node.value) if node.value is not None else None
        return s.Return(pos, value.end if value else end, value)

    def _raise(self, node: cst.Raise) -> s.Stmt:
        pos, end = self._tokens.take("raise")
        value = self.expr(node.exc) if node.exc is not None else None
        if node.cause is not None:
            self.expr(node.cause.item)
        return s.Raise(pos, value.end if value else end, value)

    def _assert(self, node: cst.Assert) -> s.Stmt:
        value = self.expr(node.test)
        if node.msg is not None:
            message = self.expr(node.msg)
            value = s.Opaque(value.pos, message.end, [value, message])
        return s.ExprStmt(value.pos, value.end, value)

    def _break(self, node: cst.Break) -> s.Stmt:
        return s.Jump(*self._tokens.take("break"), "break")

    def _continue(self, node: cst.Continue) -> s.Stmt:
        return s.Jump(*self._tokens.take("continue"), "continue")

    def _import(self, node: cst.Import) -> s.Stmt:
        pos, end = self._tokens.take("import")
        names = []
        for alias in node.names:
            path = self._dotted(alias.name)
            local = path.split(".")[0]
            target = local
            if alias.asname is not None:
                local, target = self._alias(alias.asname), path
            self._bound[-1].add(local)
            names.append((local, target))
        return s.Import(pos, end, names)

    def _import_from(self, node: cst.ImportFrom) -> s.Stmt:
        pos, end = self._tokens.take("from")
        base = self._dotted(node.module) if node.module is not None else ""
        names = []
        if isinstance(node.names, cst.ImportStar):
            names.append(("*", base))
        else:
            for alias in node.names:
                name = self._dotted(alias.name)
                local = self._alias(alias.asname) if alias.asname is not None else name
                self._bound[-1].add(local)
                names.append((local, f"{base}.{name}" if base else name))
        return s.Import(pos, end, names, len(node.relative))

    def _alias(self, asname: cst.AsName) -> str:
        name = asname.name
        assert isinstance(name, cst.Name)
        self._tokens.take(name.value)
        return name.value

    def _dotted(self, node: Any) -> str:
        if isinstance(node, cst.Attribute):
            base = self._dotted(node.value)
            self._tokens.take(node.attr.value)
            return f"{base}.{node.attr.value}"
        self._tokens.take(node.value)
        return str(node.value)

    def _global(self, node: cst.Global | cst.Nonlocal) -> s.Stmt:
        kind = "global" if isinstance(node, cst.Global) else "nonlocal"
        pos, end = self._tokens.take(kind)
        names = []
        for item in node.names:
            self._tokens.take(item.name.value)
            names.append(item.name.value)
        self._outer[-1].update(names)
        return s.Outer(pos, end, kind, names)

    def _if(self, node: cst.If) -> s.Stmt:
        test = self.expr(node.test)
        body = self._suite(node.body)
        orelse: list[s.Stmt] = []
        if isinstance(node.orelse, cst.If):
            orelse = [self._if(node.orelse)]
        elif node.orelse is not None:
            orelse = self._suite(node.orelse.body)
        return s.If(test.pos, test.end, test, body, orelse)

    def _while(self, node: cst.While) -> s.Stmt:
        test = self.expr(node.test)
        body = self._suite(node.body)
        orelse = self._suite(node.orelse.body) if node.orelse else []
        return s.Loop(test.pos, test.end, None, test, body, orelse)

    def _for(self, node: cst.For) -> s.Stmt:
        target = self._target(node.target)
        iterable = self.expr(node.iter)
        body = self._suite(node.body)
        orelse = self._suite(node.orelse.body) if node.orelse else []
        return s.Loop(target.pos, iterable.end, target, iterable, body, orelse)

    def _with(self, node: cst.With) -> s.Stmt:
        pos, end = self._tokens.take("with")
        items: list[tuple[s.Expr, s.Expr | None]] = []
        for item in node.items:
            value = self.expr(item.item)
            target = self._target(item.asname.name) if item.asname is not None else None
            items.append((value, target))
            end = value.end
        return s.With(pos, end, items, self._suite(node.body))

    def _try(self, node: cst.Try | cst.TryStar) -> s.Stmt:
        pos, end = self._tokens.take("try")
        body = self._suite(node.body)
        handlers = []
        for clause in node.handlers:
            start, stop = self._tokens.take("except")
            kind = self.expr(clause.type) if clause.type is not None else None
            name = None
            if clause.name is not None and isinstance(clause.name.name, cst.Name):
                name = clause.name.name.value
                self._tokens.take(name)
                self._bound[-1].add(name)
            stop = kind.end if kind else stop
            handlers.append(s.Handler(kind, name, self._suite(clause.body), start, stop))
        orelse = self._suite(node.orelse.body) if node.orelse else []
        final = self._suite(node.finalbody.body) if node.finalbody else []
        return s.Try(pos, end, body, handlers, orelse, final)

    def _match(self, node: cst.Match) -> s.Stmt:
        subject = self.expr(node.subject)
        arms = []
        for case in node.cases:
            names: list[s.Name] = []
            self._pattern(case.pattern, names)
            guard = self.expr(case.guard) if case.guard is not None else None
            arms.append((names, guard, self._suite(case.body)))
        return s.Match(subject.pos, subject.end, subject, arms)

    def _pattern(self, node: Any, names: list[s.Name]) -> None:
        if isinstance(node, cst.MatchAs | cst.MatchStar) and node.name is not None:
            if isinstance(node, cst.MatchAs) and node.pattern is not None:
                self._pattern(node.pattern, names)
            place = self._tokens.take(node.name.value)
            self._bound[-1].add(node.name.value)
            names.append(s.Name(*place, node.name.value))
        else:
            for child in node.children:
                self._pattern(child, names)

    def _def(self, node: cst.FunctionDef) -> s.Stmt:
        decorators = [self.expr(decorator.decorator) for decorator in node.decorators]
        place = self._tokens.take(node.name.value)
        self._bound[-1].add(node.name.value)
        params = self._params(node.params)
        if node.returns is not None:
            self.expr(node.returns.annotation)
        self._bound.append({param.name for param in params})
        self._outer.append(set())
        body = self._suite(node.body)
        outer = self._outer.pop()
        bound = self._bound.pop() - outer
        return s.Def(*place, node.name.value, params, decorators, body, bound, outer)

    def _class(self, node: cst.ClassDef) -> s.Stmt:
        decorators = [self.expr(decorator.decorator) for decorator in node.decorators]
        place = self._tokens.take(node.name.value)
        self._bound[-1].add(node.name.value)
        bases = [self._arg(arg) for arg in (*node.bases, *node.keywords)]
        self._bound.append(set())
        self._outer.append(set())
        body = self._suite(node.body)
        bound = self._bound.pop() - self._outer.pop()
        return s.Class(*place, node.name.value, bases, decorators, body, bound)

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
        if node.annotation is not None:
            self.expr(node.annotation.annotation)
        default = self.expr(node.default) if node.default is not None else None
        return s.Param(node.name.value, default, kind, *place)

    # -- expressions

    def _target(self, node: Any) -> s.Expr:
        target = self.expr(node)
        self._bind(target)
        return target

    def _bind(self, target: s.Expr) -> None:
        if isinstance(target, s.Name):
            self._bound[-1].add(target.id)
        elif isinstance(target, s.Seq):
            for item in target.items:
                self._bind(item)
        elif isinstance(target, s.Starred):
            self._bind(target.value)

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
        return s.Text(left.pos, right.end, [left, right])

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
        parts = [self.expr(p) if p is not None else None for p in (node.lower, node.upper, node.step)]
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
            chain.append((_OPERATORS.get(type(first.operator).__name__, "?"), first.right))
            first = first.left
        left = self.expr(first)
        for operator, right_node in reversed(chain):
            right = self.expr(right_node)
            left = s.BinOp(left.pos, right.end, operator, left, right)
        return left

    def _boolean(self, node: cst.BooleanOperation) -> s.Expr:
        left = self.expr(node.left)
        right = self.expr(node.right)
        return s.BoolOp(left.pos, right.end, _OPERATORS[type(node.operator).__name__], left, right)

    def _unary(self, node: cst.UnaryOperation) -> s.Expr:
        value = self.expr(node.expression)
        operator = _OPERATORS[type(node.operator).__name__]
        if operator == "-" and isinstance(value, s.Const) and isinstance(value.value, int | float):
            return s.Const(value.pos, value.end, -value.value)
        return s.Unary(value.pos, value.end, operator, value)

    def _compare(self, node: cst.Comparison) -> s.Expr:
        left = self.expr(node.left)
        rest = [
            (_OPERATORS[type(part.operator).__name__], self.expr(part.comparator))
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
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        value = self.expr(inner)
        return s.Opaque(place[0], value.end, [value])


_STATEMENTS: dict[str, Callable[[Converter, Any], s.Stmt | None]] = {
    "Assign": Converter._assign, "AnnAssign": Converter._ann_assign,
    "AugAssign": Converter._aug_assign, "Del": Converter._delete, "Expr": Converter._expr_stmt,
    "Return": Converter._return, "Raise": Converter._raise, "Assert": Converter._assert,
    "Break": Converter._break, "Continue": Converter._continue, "Import": Converter._import,
    "ImportFrom": Converter._import_from, "Global": Converter._global,
    "Nonlocal": Converter._global, "If": Converter._if, "While": Converter._while,
    "For": Converter._for, "With": Converter._with, "Try": Converter._try,
    "TryStar": Converter._try, "Match": Converter._match, "FunctionDef": Converter._def,
    "ClassDef": Converter._class,
}  # fmt: skip
_EXPRESSIONS: dict[str, Callable[[Converter, Any], s.Expr]] = {
    "Name": Converter._name, "Integer": Converter._number, "Float": Converter._number,
    "Imaginary": Converter._number, "Ellipsis": Converter._ellipsis,
    "SimpleString": Converter._string, "ConcatenatedString": Converter._concatenated,
    "FormattedString": Converter._formatted, "TemplatedString": Converter._formatted,
    "Attribute": Converter._attribute, "Subscript": Converter._subscript,
    "Call": Converter._call, "BinaryOperation": Converter._binary,
    "BooleanOperation": Converter._boolean, "UnaryOperation": Converter._unary,
    "Comparison": Converter._compare, "IfExp": Converter._conditional,
    "Tuple": Converter._sequence, "List": Converter._sequence, "Set": Converter._sequence,
    "Dict": Converter._dict, "ListComp": Converter._comprehension,
    "SetComp": Converter._comprehension, "GeneratorExp": Converter._comprehension,
    "DictComp": Converter._comprehension, "Lambda": Converter._lambda,
    "NamedExpr": Converter._walrus, "Await": Converter._await, "Yield": Converter._yield,
}  # fmt: skip
