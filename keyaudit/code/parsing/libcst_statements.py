"""Converts statements of libcst to our syntax, in source order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst
from libcst import CSTNode
from libcst.native import parse_module

from keyaudit.code import syntax as s
from keyaudit.code.parsing.libcst_expressions import OPERATORS, ExpressionConverter
from keyaudit.code.parsing.synthesized_constructors import has_fields, last_word, with_constructor


def parse(text: str) -> cst.Module:
    """libcst's module for a text; raises libcst.ParserSyntaxError."""
    # Each node checks itself when it is made, which for nodes made by the parser is a quarter of
    # the time and finds nothing.
    checks = CSTNode.__post_init__
    CSTNode.__post_init__ = _unchecked  # type: ignore[assignment, method-assign]
    try:
        module: cst.Module = parse_module(text)
    finally:
        CSTNode.__post_init__ = checks  # type: ignore[method-assign]
    return module


def _unchecked(node: CSTNode) -> None:
    """In the place of a node's checks."""


class StatementConverter(ExpressionConverter):
    """Converts one parsed piece whose text begins at character `base` of the document."""

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
        kind = self.expr(node.annotation.annotation)
        field = last_word(kind.value if isinstance(kind, s.Sub) else kind) != "ClassVar"
        if node.value is None:
            return s.Declare(target.pos, target.end, target, field)
        value = self.expr(node.value)
        return s.Assign(target.pos, value.end, [target], value, field)

    def _aug_assign(self, node: cst.AugAssign) -> s.Stmt:
        target = self._target(node.target)
        value = self.expr(node.value)
        operator = OPERATORS.get(type(node.operator).__name__.removesuffix("Assign"), "?")
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
        return s.Assert(value.pos, value.end, value)

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
        parts = [(self.expr(node.test), self._suite(node.body))]
        while isinstance(node.orelse, cst.If):
            node = node.orelse
            parts.append((self.expr(node.test), self._suite(node.body)))
        orelse = self._suite(node.orelse.body) if node.orelse is not None else []
        return s.branches(parts, orelse)

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
        if has_fields(bases, decorators):
            body = with_constructor(body, place)
        return s.Class(*place, node.name.value, bases, decorators, body, bound)


_STATEMENTS: dict[str, Callable[[StatementConverter, Any], s.Stmt | None]] = {
    "Assign": StatementConverter._assign,
    "AnnAssign": StatementConverter._ann_assign,
    "AugAssign": StatementConverter._aug_assign,
    "Del": StatementConverter._delete,
    "Expr": StatementConverter._expr_stmt,
    "Return": StatementConverter._return,
    "Raise": StatementConverter._raise,
    "Assert": StatementConverter._assert,
    "Break": StatementConverter._break,
    "Continue": StatementConverter._continue,
    "Import": StatementConverter._import,
    "ImportFrom": StatementConverter._import_from,
    "Global": StatementConverter._global,
    "Nonlocal": StatementConverter._global,
    "If": StatementConverter._if,
    "While": StatementConverter._while,
    "For": StatementConverter._for,
    "With": StatementConverter._with,
    "Try": StatementConverter._try,
    "TryStar": StatementConverter._try,
    "Match": StatementConverter._match,
    "FunctionDef": StatementConverter._def,
    "ClassDef": StatementConverter._class,
}
