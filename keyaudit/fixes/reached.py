"""Where a value gets to: through variables, conversions, parameters and results of functions.

Functions are matched by name in all scanned files; functions with the same name count as one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.fixes.columns import limits
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.results import FRAMES, calls_of, is_compared
from keyaudit.fixes.site import Site

_MOST = 200
_TO_TEXT = frozenset({"b64encode", "urlsafe_b64encode", "standard_b64encode", "b32encode",
                      "hexlify", "hex", "b85encode"})  # fmt: skip
_SAME = frozenset({"bytes", "bytearray", "str", "decode", "encode", "upper", "lower"})
_TOLD = frozenset({"print", "debug", "info", "warning", "error", "exception", "log", "repr"})
_FILLED = frozenset({"ljust", "rjust", "zfill", "center"})
_INSERT = regex(
    r"(?is)\s*(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+)?INTO\s+\w+\s*\((?P<columns>[^)]*)\)\s*VALUES"
)


class Reached(NamedTuple):
    """An expression that has the value; `is_text` says that it was made text on the way."""

    file: PythonFile
    node: ast.expr
    is_text: bool


def require_free_form(
    site: Site, file: PythonFile, node: ast.expr, ends: Collection[Function | None] = ()
) -> None:
    """Raise DeclinedError where something relies on the form of a value or on its length, or finds
    things by it.

    `ends` are functions that take the value, which may be longer at its end: they may part what
    stands at its beginning from all the rest.
    """
    for number, one in enumerate(_reached(site, Reached(file, node, False), set())):
        if number > _MOST:
            raise DeclinedError("the result goes to many places")
        if not _is_parted(one, ends):
            _require_free(one)
        _require_room(site, one)


def _reached(site: Site, start: Reached, seen: set[tuple[str, int, int]]) -> Iterator[Reached]:
    file, node = start.file, start.node
    node, is_text = _outermost(file, node, start.is_text)
    place = (file.path, *file.place(node))
    if place in seen:
        return
    seen.add(place)
    yield Reached(file, node, is_text)
    for other, read in _next(site, file, node):
        yield from _reached(site, Reached(other, read, is_text), seen)


def _outermost(file: PythonFile, node: ast.expr, is_text: bool) -> tuple[ast.expr, bool]:
    """The value with what is put before and behind it, and the conversions around it."""
    while True:
        parent = file.parent(node)
        if (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add)) or isinstance(
            parent, ast.Await
        ):
            node = parent
        elif isinstance(parent, ast.List | ast.Tuple) and _is_join(file, parent):
            joined = file.parent(parent)
            assert isinstance(joined, ast.Call)
            node = joined
        elif isinstance(parent, ast.Call) and node in parent.args:
            if _name(parent) not in _TO_TEXT | _SAME:
                return node, is_text
            is_text = is_text or _name(parent) in _TO_TEXT
            node = parent
        elif isinstance(parent, ast.Attribute) and parent.attr in _TO_TEXT | _SAME:
            call = file.parent(parent)
            if not isinstance(call, ast.Call) or (parent.attr == "decode" and not is_text):
                return node, is_text
            is_text = is_text or parent.attr in _TO_TEXT
            node = call
        else:
            return node, is_text


def _is_join(file: PythonFile, listed: ast.AST) -> bool:
    call = file.parent(listed)
    return isinstance(call, ast.Call) and _name(call) == "join"


def _next(site: Site, file: PythonFile, node: ast.expr) -> Iterator[tuple[PythonFile, ast.expr]]:
    parent = file.parent(node)
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.AugAssign):
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        names = {one.id for one in targets if isinstance(one, ast.Name)}
        for read in file.walk(file.function(node) or file.tree):
            if isinstance(read, ast.Name) and read.id in names and isinstance(read.ctx, ast.Load):
                yield file, read
    elif isinstance(parent, ast.Return):
        function = file.function(node)
        if function is not None:
            yield from calls_of(site, function.name)
    elif isinstance(parent, ast.keyword):
        call = file.parent(parent)
        if isinstance(call, ast.Call) and parent.arg is not None:
            yield from _parameter(site, _name(call), parent.arg)
    elif isinstance(parent, ast.Call) and node in parent.args:
        yield from _parameter(site, _name(parent), parent.args.index(node))


def _parameter(site: Site, name: str, which: int | str) -> Iterator[tuple[PythonFile, ast.expr]]:
    """The reads of a parameter in the functions of a name."""
    if not name or name.startswith("__"):
        return
    for file in site.project.readable_with(f"def {name}("):
        for function in file.walk():
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if function.name != name:
                continue
            names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
            if isinstance(which, str):
                wanted = which
            else:
                names = names[1:] if names[:1] in (["self"], ["cls"]) else names
                if which >= len(names):
                    continue
                wanted = names[which]
            for read in ast.walk(function):
                is_read = isinstance(read, ast.Name) and isinstance(read.ctx, ast.Load)
                if isinstance(read, ast.Name) and is_read and read.id == wanted:
                    yield file, read


def _is_parted(one: Reached, ends: Collection[Function | None]) -> bool:
    """Whether it is `value[:n]` or `value[n:]` in one of some functions."""
    part = one.file.parent(one.node)
    if not isinstance(part, ast.Subscript) or part.value is not one.node:
        return False
    if not isinstance(part.slice, ast.Slice) or part.slice.step is not None:
        return False
    bounds = [bound for bound in (part.slice.lower, part.slice.upper) if bound is not None]
    is_plain = len(bounds) == 1 and not any(
        isinstance(inner, ast.UnaryOp | ast.Call) for inner in ast.walk(bounds[0])
    )
    return is_plain and one.file.function(one.node) in ends


def _require_free(one: Reached) -> None:
    file, node = one.file, one.node
    parent = file.parent(node)
    if _is_asserted_different(file, node) or _is_told(file, node):
        return
    if isinstance(parent, ast.Subscript) and parent.value is node:
        raise DeclinedError("a caller takes the result apart")
    if isinstance(parent, ast.FormattedValue) and not one.is_text:
        raise DeclinedError("a caller reads the result as a text")
    if isinstance(parent, ast.Attribute):
        if parent.attr == "decode" and not one.is_text:
            raise DeclinedError("a caller reads the result as a text")
        if parent.attr in _FILLED:
            raise DeclinedError("the result is filled up to a length")
    if isinstance(parent, ast.Call) and node in parent.args:
        if _name(parent) in FRAMES:
            raise DeclinedError("a format of fixed lengths holds the result")
        if _name(parent) in ("len", "memoryview", "BytesIO"):
            raise DeclinedError("a caller takes the result apart")
    if isinstance(parent, ast.Assign) and any(
        isinstance(target, ast.Tuple | ast.List) for target in parent.targets
    ):
        raise DeclinedError("a caller takes the result apart")
    if is_compared(file, node):
        raise DeclinedError("something is found by the ciphertext, which must stay the same")


def _is_asserted_different(file: PythonFile, node: ast.expr) -> bool:
    """Whether a value only stands in a check that it is not another one, or longer than one."""
    for outer in file.ancestors(node):
        if isinstance(outer, ast.Compare):
            is_other = all(
                isinstance(one, ast.NotEq | ast.NotIn | ast.IsNot | ast.Gt | ast.GtE)
                for one in outer.ops
            )
            return is_other and isinstance(file.parent(outer), ast.Assert)
        if isinstance(outer, ast.stmt):
            return False
    return False


def _is_told(file: PythonFile, node: ast.expr) -> bool:
    """Whether a value is only shown."""
    for outer in file.ancestors(node):
        if isinstance(outer, ast.Call) and _name(outer) in _TOLD:
            return True
        if isinstance(outer, ast.stmt):
            return False
    return False


def _require_room(site: Site, one: Reached) -> None:
    """Raise DeclinedError where a column that has a length may hold the value."""
    for outer in one.file.ancestors(one.node):
        if isinstance(outer, ast.Call):
            query = outer.args[0] if outer.args else None
            if not isinstance(query, ast.Constant) or not isinstance(query.value, str):
                return
            if not re.match(r"(?i)\s*(?:INSERT|UPDATE|REPLACE)\b", query.value):
                return
            name = _column(query.value, outer, one.node)
            if any(True for _ in limits(site.project, name or r"\w+")):
                raise DeclinedError("the column may have no room for a longer value")
            return
        if isinstance(outer, ast.stmt):
            targets = outer.targets if isinstance(outer, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Attribute) and any(
                    True for _ in limits(site.project, target.attr)
                ):
                    raise DeclinedError("the column may have no room for a longer value")
            return


def _column(query: str, call: ast.Call, node: ast.expr) -> str | None:
    """The name of the column that a value is put into by an INSERT that names its columns."""
    found = _INSERT.match(query)
    given = call.args[1] if len(call.args) > 1 else None
    if found is None or not isinstance(given, ast.Tuple | ast.List):
        return None
    names = [one.strip(' `"\n') for one in found["columns"].split(",")]
    at = next((i for i, one in enumerate(given.elts) if one is node), None)
    return names[at] if at is not None and at < len(names) else None


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return (dotted(call.func) or "").rpartition(".")[2]
