"""Stores a better hash of a password that turned out to be right."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.passwords import functions
from keyaudit.fixes.passwords.storage import HASH, Column, Parameter, Place, Storage, Target
from keyaudit.fixes.passwords.success import on_success
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.results import calls_of
from keyaudit.fixes.site import Site

if TYPE_CHECKING:
    from keyaudit.fixes.passwords.scheme import Scheme

# The name by which the hasher is known at a node of a file.
HasherName = Callable[[PythonFile, ast.AST], str]
_DEPTH = 3
_WRITES = regex(r"(?i)\s*(?:INSERT|UPDATE|REPLACE)\s")
# What a function does besides, when it makes a new record.
_NOT_SAVING = frozenset({"add", "append", "debug", "info", "warning", "print", "log", "send",
                         "insert"})  # fmt: skip


class Login:
    """The places where a check has succeeded. `names` collects those of columns and attributes that
    hold a hash."""

    def __init__(
        self, site: Site, scheme: Scheme, hasher_name: HasherName, names: set[str]
    ) -> None:
        self._site = site
        self._scheme = scheme
        self._hasher_name = hasher_name
        self._names = names

    def after_calls(
        self, file: PythonFile, function: Function, record: str, secret: str | None, depth: int = 0
    ) -> None:
        """Store a new hash after each successful call of a function that checks the password
        `secret`, both of which are parameters of it."""
        positions = _positions(function)
        if secret not in positions or depth > _DEPTH:
            raise DeclinedError("the password is checked in an unusual way")
        calls = list(calls_of(self._site, function.name))
        for other, call in calls:
            at = positions.index(record), positions.index(secret)
            if call.keywords or len(call.args) <= max(at):
                raise DeclinedError("it is not known what is passed")
            around = other.function(call)
            if around is None:
                raise DeclinedError("a password is checked outside of a function")
            stored, given = call.args[at[0]], call.args[at[1]]
            place = Storage(other, around).place(stored)
            if isinstance(place, Parameter):
                self.after_calls(other, around, place.name, dotted(given), depth + 1)
                continue
            parent = other.parent(call)
            node = parent if isinstance(parent, ast.Await) else call
            self.after(other, node, stored, place, [other.source(given)], None, is_equal=True)

    def after(
        self, file: PythonFile, check: ast.expr, stored: ast.expr, place: Place,
        secret: list[str], text: str | None, *, is_equal: bool,
    ) -> None:  # fmt: skip
        """Store a new hash after a successful check, which becomes `text`; `secret` are the
        arguments for the hasher."""
        assert isinstance(place, Target | Column)
        self._require_stored_there(place)
        self._names.add(place.name)
        hasher = self._hasher_name(file, check)
        new = f"{hasher}({', '.join(secret)})"
        lines = [place.text.replace(HASH, new)]
        lines = self._saved(file, check, place, lines)
        record = file.source(stored)
        condition = f"not {functions.is_new(record, self._scheme.kind)}"
        editor = self._site.editor(file.path)
        on_success(editor, check, text, condition, lines, is_equal=is_equal)

    def _require_stored_there(self, place: Target | Column) -> None:
        """Raise DeclinedError unless some new hash is stored under the same name."""
        wanted = place.table if isinstance(place, Column) else place.name
        for file, node in self._scheme.stored:
            function = file.function(node)
            top: ast.AST = function if function is not None else file.tree
            if wanted in _named(file, top):
                return
            if isinstance(place, Target) and self._is_field(place.name):
                return
        raise DeclinedError("it is not known that the hash is stored there")

    def _is_field(self, name: str) -> bool:
        """Whether a class of the project has an attribute of that name which may be assigned."""
        for file in self._site.project.python_with(name):
            for node in file.walk():
                if not isinstance(node, ast.ClassDef):
                    continue
                fields = [
                    one.target.id
                    for one in node.body
                    if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
                ]
                if name in fields:
                    return not (
                        any("NamedTuple" in (dotted(base) or "") for base in node.bases)
                        or any("frozen=True" in file.source(one) for one in node.decorator_list)
                    )
        return False

    # -- what makes it last

    def _saved(
        self, file: PythonFile, check: ast.expr, place: Target | Column, lines: list[str]
    ) -> list[str]:
        """The statements with those that follow where a new hash is stored, such as a commit."""
        for other, node in self._scheme.stored:
            function = other.function(node)
            if function is None:
                continue
            around = other.statement(node)
            block = other.body_of(around)
            at = next(i for i, one in enumerate(block) if one is around)
            for statement in block[at + 1 :]:
                if not self._is_saving(other, statement):
                    continue
                source = other.source(statement)
                if "\n" in source:
                    raise DeclinedError("it is not known how the hash is saved")
                self._require_known(file, check, other, statement)
                if source not in lines:
                    lines.append(source)
            for outer in other.ancestors(node):
                if outer is function:
                    break
                if isinstance(outer, ast.With) and isinstance(place, Column):
                    head = ", ".join(other.source(item) for item in outer.items)
                    self._require_known(file, check, other, outer.items[0].context_expr)
                    unit = self._site.editor(file.path).unit()
                    if not any(one.startswith("with ") for one in lines):
                        lines = [f"with {head}:", *(unit + one for one in lines)]
        return lines

    @staticmethod
    def _is_saving(file: PythonFile, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.With):
            return True
        if not isinstance(statement, ast.Expr):
            return False
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if not isinstance(value, ast.Call):
            return False
        name = value.func.attr if isinstance(value.func, ast.Attribute) else dotted(value.func)
        if name == "execute":
            return False
        return name not in _NOT_SAVING

    def _require_known(
        self, file: PythonFile, at: ast.expr, other: PythonFile, node: ast.AST
    ) -> None:
        """Raise DeclinedError where a name of another function is not known, or means something
        else, at the check."""
        function = file.function(at)
        assert function is not None
        here = {one.arg for one in function.args.args} | {
            one.id
            for one in ast.walk(function)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        there = other.function(node)
        top = set(dir(__import__("builtins")))
        for one in ast.walk(node):
            if not isinstance(one, ast.Name) or one.id in here | top:
                continue
            is_local = there is not None and any(
                isinstance(each, ast.Name) and each.id == one.id
                and isinstance(each.ctx, ast.Store) for each in ast.walk(there)
            )  # fmt: skip
            names = self._site.editor(file.path).names
            if is_local or not names.binders(one.id):
                raise DeclinedError("it is not known how the hash is saved")


def _positions(function: Function) -> list[str]:
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _named(file: PythonFile, top: ast.AST) -> set[str]:
    """The attributes, keys, columns and variables that a function writes to."""
    found: set[str] = set()
    for node in ast.walk(top):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if isinstance(node.slice, ast.Constant):
                found.add(str(node.slice.value))
            found.add((dotted(node.value) or "").rpartition(".")[2])
        elif isinstance(node, ast.keyword) and node.arg is not None:
            found.add(node.arg)
        elif isinstance(node, ast.Dict):
            found |= {str(one.value) for one in node.keys if isinstance(one, ast.Constant)}
        elif isinstance(node, ast.Constant) and _WRITES.match(str(node.value)):
            found |= set(re.split(r"[\s(),]+", str(node.value)))
    return found
