"""Where a stored hash comes from, and the statements that put another one in its place."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile, dotted

_SELECT = regex(
    r"(?is)\s*SELECT\s+(?P<columns>[\w\s,.`\"]+?)\s+FROM\s+(?P<table>[\w.`\"]+)\s+WHERE\s+"
    r"(?P<where>[^;]+?)\s*;?\s*"
)
# In the texts of places, it stands for the new hash.
HASH = "\0"
_ELSEWHERE = "it is not known where the hash is stored"


@dataclass(frozen=True, slots=True)
class Parameter:
    """The stored hash is handed to the function by this parameter; `is_part` says that it is only a
    part of what is handed over."""

    name: str
    is_part: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be assigned to: `text` is the statement, with HASH in the place of the
    hash; `name` is the attribute, the key or the variable that holds it."""

    text: str
    name: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `text` is the call that writes it, with HASH in the place of
    the hash."""

    text: str
    table: str
    name: str


Place = Parameter | Target | Column


class Storage:
    """The stored hashes that one function reads."""

    def __init__(self, file: PythonFile, function: Function) -> None:
        self._file = file
        self._function = function

    def place(self, node: ast.expr, depth: int = 0) -> Place:
        """Where a stored hash, as an expression of the function, comes from. Raises DeclinedError
        where that is not known."""
        if depth > 5:
            raise DeclinedError(_ELSEWHERE)
        match node:
            case ast.Name():
                return self._variable(node, depth)
            case ast.Attribute(value=value) if dotted(value) is not None:
                row = self._row(value)
                if row is not None:
                    return self._column(row, node.attr)
                return Target(f"{self._file.source(node)} = {HASH}", node.attr)
            case ast.Subscript(value=value, slice=key):
                row = self._row(value)
                if row is not None and isinstance(key, ast.Constant):
                    return self._column(row, key.value)
                return Target(f"{self._file.source(node)} = {HASH}", self._key(value, key))
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, *_]):
                text = f"{self._file.source(value)}[{self._file.source(key)}] = {HASH}"
                return Target(text, self._key(value, key))
        raise DeclinedError(_ELSEWHERE)

    def _key(self, value: ast.expr, key: ast.expr) -> str:
        if isinstance(key, ast.Constant):
            return str(key.value)
        return (dotted(value) or "").rpartition(".")[2]

    def _variable(self, node: ast.Name, depth: int) -> Place:
        arguments = self._function.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        stores = self._stores(node.id)
        if any(one.arg == node.id for one in every) and not stores:
            return Parameter(node.id, is_part=False)
        if len(stores) != 1:
            raise DeclinedError(_ELSEWHERE)
        target = stores[0]
        parent = self._file.parent(target)
        if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr) and parent.value:
            return self.place(self._unwrapped(parent.value), depth + 1)
        if isinstance(parent, ast.Tuple | ast.List):
            statement = self._file.parent(parent)
            if isinstance(statement, ast.Assign) and statement.targets == [parent]:
                return self._unpacked(statement.value, parent.elts.index(target), parent, depth)
        raise DeclinedError(_ELSEWHERE)

    @staticmethod
    def _unwrapped(value: ast.expr) -> ast.expr:
        return value.value if isinstance(value, ast.Await) else value

    def _stores(self, name: str) -> list[ast.Name]:
        return [
            one
            for one in ast.walk(self._function)
            if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
        ]

    def _unpacked(self, value: ast.expr, at: int, names: ast.Tuple | ast.List, depth: int) -> Place:
        row = self._row(value)
        if row is not None:
            return self._column(row, at)
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr in ("split", "partition", "rsplit")
        ):
            whole = self.place(value.func.value, depth + 1)
            if isinstance(whole, Parameter):
                return Parameter(whole.name, is_part=True)
            raise DeclinedError("the hash is stored together with other things")
        whole = self.place(value, depth + 1)
        if isinstance(whole, Target):
            others = [self._file.source(one) for one in names.elts]
            others[at] = HASH
            return Target(whole.text.replace(HASH, f"({', '.join(others)})"), whole.name)
        raise DeclinedError("the hash is stored together with other things")

    # -- databases

    def _row(self, node: ast.expr) -> ast.Call | None:
        """The call that asks a database for a row, where an expression is one; else None."""
        node = self._unwrapped(node)
        if isinstance(node, ast.Name):
            stores = self._stores(node.id)
            parent = self._file.parent(stores[0]) if len(stores) == 1 else None
            if not isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr):
                return None
            return self._row(parent.value) if parent.value is not None else None
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        if node.func.attr not in ("fetchone", "first", "one", "one_or_none"):
            return None
        inner = self._unwrapped(node.func.value)
        if isinstance(inner, ast.Call):
            return inner if _is_execute(inner) else None
        return self._last_execute(dotted(inner), self._file.start(node))

    def _last_execute(self, cursor: str | None, before: int) -> ast.Call | None:
        found = [
            node
            for node in ast.walk(self._function)
            if isinstance(node, ast.Call)
            and _is_execute(node)
            and self._file.start(node) < before
            and self._cursor(node) == cursor
        ]
        if cursor is None or len(found) != 1:
            return None
        return found[0]

    def _cursor(self, call: ast.Call) -> str | None:
        """The name of what the call is a method of, or of the variable that has its result."""
        parent = self._file.parent(call)
        if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
            return dotted(parent.targets[0])
        return dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None

    def _column(self, call: ast.Call, which: object) -> Column:
        first = call.args[0] if call.args else None
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            raise DeclinedError("the question to the database is put together")
        found = _SELECT.fullmatch(first.value)
        if found is None or len(call.args) != 2 or call.keywords:
            raise DeclinedError("the question to the database is an unusual one")
        columns = [one.strip() for one in found["columns"].split(",")]
        if isinstance(which, int) and which < len(columns):
            name = columns[which]
        elif isinstance(which, str) and which in columns:
            name = which
        else:
            raise DeclinedError("the question to the database is an unusual one")
        mark = "?" if "?" in found["where"] else "%s"
        given = call.args[1]
        if not isinstance(given, ast.Tuple | ast.List) or mark not in found["where"]:
            raise DeclinedError("the question to the database is an unusual one")
        where = " ".join(found["where"].split())
        if re.search(r"(?i)\blimit\b|\border\b", where) or '"' in where + found["table"]:
            raise DeclinedError("the question to the database is an unusual one")
        values = ", ".join([HASH, *(self._file.source(one) for one in given.elts)])
        awaited = "await " if isinstance(self._file.parent(call), ast.Await) else ""
        query = " ".join(("UPDATE", found["table"], "SET", name, "=", mark, "WHERE", where))
        text = f'{awaited}{self._file.source(call.func)}("{query}", ({values}))'
        return Column(text, found["table"], name)


def _is_execute(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("execute", "fetchrow")
