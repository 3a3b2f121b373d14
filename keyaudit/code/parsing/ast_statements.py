"""Converts statements of the standard parser (`ast`) to our syntax, in source order."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from keyaudit.code import syntax as s
from keyaudit.code.parsing.ast_expressions import ExpressionReader
from keyaudit.code.parsing.python2 import Old
from keyaudit.code.parsing.synthesized_constructors import has_fields, last_word, with_constructor


def parse(text: str) -> ast.Module:
    """The tree of the interpreter's own parser for a text.

    Raises SyntaxError, ValueError (NUL characters, lone surrogates), and MemoryError or
    RecursionError for what nests too deep.
    """
    with warnings.catch_warnings():  # what it thinks of the escapes in a string is not for us
        warnings.simplefilter("ignore")
        return ast.parse(text)


class StatementReader(ExpressionReader):
    """Reads one parsed piece whose text begins at character `base` of the document; `old` says what
    was rewritten in a text of Python 2."""

    def __init__(self, text: str, base: int, old: Old | None = None) -> None:
        super().__init__(text, base)
        self._old = old or Old(text)

    def module(self, tree: ast.Module) -> tuple[list[s.Stmt], set[str]]:
        """The piece's statements, and the names they bind at module level."""
        return self._block(tree.body), self._bound[0]

    def _block(self, body: Sequence[ast.stmt]) -> list[s.Stmt]:
        statements: list[s.Stmt] = []
        for node in body:
            handler = _STATEMENTS.get(type(node))
            if handler is not None:
                statements.append(handler(self, node))
        return statements

    def _keyword(self, node: ast.AST, keyword: str) -> tuple[int, int]:
        """The place of the word that a statement begins with, after an `async`."""
        start = self._places.start(node)
        if self._places.reads(start, keyword):
            return start, start + len(keyword)
        return self._places.word(keyword, start)

    def _assign(self, node: ast.Assign) -> s.Stmt:
        if self._places.start(node) in self._old.calls:
            said = node.value
            given = said.elts if isinstance(said, ast.Tuple) else [said]
            return self._call_of_python2(node, node.targets[0], given)
        targets = [self._target(target) for target in node.targets]
        value = self.expr(node.value)
        return s.Assign(targets[0].pos, value.end, targets, value)

    def _call_of_python2(
        self, node: ast.stmt, name: ast.expr, given: list[ast.expr], into: ast.expr | None = None
    ) -> s.Stmt:
        """`print a, b` and `exec a`, which stand as assignments in the rewritten text, and
        `print >>into, a`, which reads as a tuple."""
        func = self.expr(name)
        args = [self._arg(value) for value in given]
        if into is not None:
            args.append(s.Arg("file", "", self.expr(into)))
        call = s.Call(func.pos, self._end(node), func, args)
        return s.ExprStmt(call.pos, call.end, call)

    def _ann_assign(self, node: ast.AnnAssign) -> s.Stmt:
        target = self._target(node.target)
        kind = self.expr(node.annotation)
        field = last_word(kind.value if isinstance(kind, s.Sub) else kind) != "ClassVar"
        if node.value is None:
            return s.Declare(target.pos, target.end, target, field)
        value = self.expr(node.value)
        return s.Assign(target.pos, value.end, [target], value, field)

    def _aug_assign(self, node: ast.AugAssign) -> s.Stmt:
        target = self._target(node.target)
        value = self.expr(node.value)
        return s.AugAssign(target.pos, value.end, target, self.operator(node.op), value)

    def _delete(self, node: ast.Delete) -> s.Stmt:
        targets = [self._target(target) for target in node.targets]
        end = targets[-1].end
        if len(targets) == 1 and isinstance(targets[0], s.Seq):
            targets = targets[0].items
        return s.Delete(self._places.start(node), end, targets)

    def _expr_stmt(self, node: ast.Expr) -> s.Stmt:
        match node.value:
            case ast.Tuple([ast.BinOp(ast.Name("print") as name, ast.RShift(), into), *given]):
                return self._call_of_python2(node, name, given, into)
        value = self.expr(node.value)
        return s.ExprStmt(value.pos, value.end, value)

    def _return(self, node: ast.Return) -> s.Stmt:
        pos, end = self._keyword(node, "return")
        value = self.expr(node.value) if node.value is not None else None
        return s.Return(pos, value.end if value else end, value)

    def _raise(self, node: ast.Raise) -> s.Stmt:
        pos, end = self._keyword(node, "raise")
        raised = node.exc
        if isinstance(raised, ast.Compare) and pos in self._old.raised:
            raised = ast.copy_location(ast.Call(raised.left, raised.comparators, []), raised)
        value = self.expr(raised) if raised is not None else None
        if node.cause is not None:
            self.expr(node.cause)
        return s.Raise(pos, value.end if value else end, value)

    def _assert(self, node: ast.Assert) -> s.Stmt:
        value = self.expr(node.test)
        if node.msg is not None:
            message = self.expr(node.msg)
            value = s.Opaque(value.pos, message.end, [value, message])
        return s.Assert(value.pos, value.end, value)

    def _break(self, node: ast.Break) -> s.Stmt:
        return s.Jump(*self._keyword(node, "break"), "break")

    def _continue(self, node: ast.Continue) -> s.Stmt:
        return s.Jump(*self._keyword(node, "continue"), "continue")

    def _import(self, node: ast.Import) -> s.Stmt:
        names = []
        for alias in node.names:
            first = alias.name.split(".")[0]
            names.append((alias.asname, alias.name) if alias.asname else (first, first))
        self._bound[-1].update(local for local, _ in names)
        return s.Import(*self._keyword(node, "import"), names)

    def _import_from(self, node: ast.ImportFrom) -> s.Stmt:
        base = node.module or ""
        names = []
        for alias in node.names:
            if alias.name == "*":
                names.append(("*", base))
                continue
            local = alias.asname or alias.name
            self._bound[-1].add(local)
            names.append((local, f"{base}.{alias.name}" if base else alias.name))
        return s.Import(*self._keyword(node, "from"), names, node.level)

    def _global(self, node: ast.Global | ast.Nonlocal) -> s.Stmt:
        kind = "global" if isinstance(node, ast.Global) else "nonlocal"
        self._outer[-1].update(node.names)
        return s.Outer(*self._keyword(node, kind), kind, list(node.names))

    def _if(self, node: ast.If) -> s.Stmt:
        # One `elif` after another: hundreds of them would exhaust the stack.
        parts: list[tuple[s.Expr, list[s.Stmt]]] = []
        while True:
            parts.append((self.expr(node.test), self._block(node.body)))
            following = node.orelse[0] if len(node.orelse) == 1 else None
            if not isinstance(following, ast.If):
                break
            node = following
        return s.branches(parts, self._block(node.orelse))

    def _while(self, node: ast.While) -> s.Stmt:
        test = self.expr(node.test)
        body, orelse = self._block(node.body), self._block(node.orelse)
        return s.Loop(test.pos, test.end, None, test, body, orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> s.Stmt:
        target = self._target(node.target)
        iterable = self.expr(node.iter)
        body, orelse = self._block(node.body), self._block(node.orelse)
        return s.Loop(target.pos, iterable.end, target, iterable, body, orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> s.Stmt:
        pos, end = self._keyword(node, "with")
        items: list[tuple[s.Expr, s.Expr | None]] = []
        for item in node.items:
            value = self.expr(item.context_expr)
            named = self._target(item.optional_vars) if item.optional_vars is not None else None
            items.append((value, named))
            end = value.end
        return s.With(pos, end, items, self._block(node.body))

    def _try(self, node: Any) -> s.Stmt:
        pos, end = self._keyword(node, "try")
        body = self._block(node.body)
        handlers = [self._handler(clause) for clause in node.handlers]
        orelse, final = self._block(node.orelse), self._block(node.finalbody)
        return s.Try(pos, end, body, handlers, orelse, final)

    def _handler(self, node: ast.ExceptHandler) -> s.Handler:
        start, stop = self._keyword(node, "except")
        kind = self.expr(node.type) if node.type is not None else None
        name = node.name or self._old.names.get(start)
        if name is not None:
            self._bound[-1].add(name)
        body = self._block(node.body)
        return s.Handler(kind, name, body, start, kind.end if kind else stop)

    def _match(self, node: ast.Match) -> s.Stmt:
        subject = self.expr(node.subject)
        arms = []
        for case in node.cases:
            names: list[s.Name] = []
            self._pattern(case.pattern, names)
            guard = self.expr(case.guard) if case.guard is not None else None
            arms.append((names, guard, self._block(case.body)))
        return s.Match(subject.pos, subject.end, subject, arms)

    def _pattern(self, node: ast.pattern, names: list[s.Name]) -> None:
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None:
            if isinstance(node, ast.MatchAs) and node.pattern is not None:
                self._pattern(node.pattern, names)
            end = self._places.end(node)
            self._bound[-1].add(node.name)
            names.append(s.Name(end - len(node.name), end, node.name))
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.pattern):
                    self._pattern(child, names)

    def _def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.Stmt:
        decorators = [self.expr(decorator) for decorator in node.decorator_list]
        _, keyword = self._keyword(node, "def")
        self._bound[-1].add(node.name)
        params = self._params(node.args)
        self._bound.append({param.name for param in params})
        self._outer.append(set())
        body = self._block(node.body)
        outer = self._outer.pop()
        bound = self._bound.pop() - outer
        place = self._places.word(node.name, keyword)
        return s.Def(*place, node.name, params, decorators, body, bound, outer)

    def _class(self, node: ast.ClassDef) -> s.Stmt:
        decorators = [self.expr(decorator) for decorator in node.decorator_list]
        _, keyword = self._keyword(node, "class")
        self._bound[-1].add(node.name)
        bases = self._args(node.bases, node.keywords)
        self._bound.append(set())
        self._outer.append(set())
        body = self._block(node.body)
        bound = self._bound.pop() - self._outer.pop()
        place = self._places.word(node.name, keyword)
        if has_fields(bases, decorators):
            body = with_constructor(body, place)
        return s.Class(*place, node.name, bases, decorators, body, bound)


_S = StatementReader
_STATEMENTS: dict[type[ast.AST], Callable[[StatementReader, Any], s.Stmt]] = {
    ast.Assign: _S._assign, ast.AnnAssign: _S._ann_assign, ast.AugAssign: _S._aug_assign,
    ast.Delete: _S._delete, ast.Expr: _S._expr_stmt, ast.Return: _S._return,
    ast.Raise: _S._raise, ast.Assert: _S._assert, ast.Break: _S._break,
    ast.Continue: _S._continue, ast.Import: _S._import, ast.ImportFrom: _S._import_from,
    ast.Global: _S._global, ast.Nonlocal: _S._global, ast.If: _S._if, ast.While: _S._while,
    ast.For: _S._for, ast.AsyncFor: _S._for, ast.With: _S._with, ast.AsyncWith: _S._with,
    ast.Try: _S._try, ast.TryStar: _S._try, ast.Match: _S._match, ast.FunctionDef: _S._def,
    ast.AsyncFunctionDef: _S._def, ast.ClassDef: _S._class,
}  # fmt: skip
