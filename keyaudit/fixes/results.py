"""How the callers of a function use its result: whether a change of its form would be noticed.

Functions are matched by name in all scanned files; functions with the same name count as one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile, dotted
from keyaudit.fixes.site import Site

_DEPTH = 4
_LOOKS_UP = frozenset({"get", "pop", "setdefault", "filter", "filter_by", "exclude", "find",
                       "find_one", "index", "count", "get_or_create", "hget", "sismember",
                       "startswith", "endswith"})  # fmt: skip
_SAME_VALUE = frozenset({"b64encode", "urlsafe_b64encode", "hexlify", "decode", "hex", "str",
                         "bytes", "upper", "lower", "b32encode"})  # fmt: skip
FRAMES = frozenset({"pack", "pack_into", "unpack", "unpack_from", "iter_unpack"})
_BY_VALUE = regex(r"(?i)\bwhere\b")


def require_new_each_time(site: Site, file: PythonFile, function: Function | None) -> None:
    """Raise DeclinedError where a result is compared or used for a lookup, so that it must stay the
    same for the same data."""
    for other, node in _results(site, file, function, depth=0):
        if is_compared(other, node):
            raise DeclinedError("something is found by the ciphertext, which must stay the same")


def require_whole(site: Site, file: PythonFile, function: Function | None) -> None:
    """Raise DeclinedError where a result is sliced, measured or read as text, so that code relies
    on its form."""
    for other, node in _results(site, file, function, depth=0):
        parent = other.parent(node)
        if isinstance(parent, ast.Subscript) and parent.value is node:
            raise DeclinedError("a caller takes the result apart")
        if isinstance(parent, ast.FormattedValue) or (
            isinstance(parent, ast.Attribute) and parent.attr == "decode"
        ):
            raise DeclinedError("a caller reads the result as a text")
        if isinstance(parent, ast.Call) and node in parent.args and _name(parent) in (
            "len", "memoryview", "BytesIO", *FRAMES,
        ):  # fmt: skip
            raise DeclinedError("a caller takes the result apart")
        if isinstance(parent, ast.Assign) and any(
            isinstance(one, ast.Tuple | ast.List) for one in parent.targets
        ):
            raise DeclinedError("a caller takes the result apart")


def require_no_frame(file: PythonFile, function: Function | None) -> None:
    """Raise DeclinedError where a function packs values into fields of fixed lengths, or reads them
    from there: a longer value would be cut off."""
    for node in file.walk(function) if function is not None else ():
        if isinstance(node, ast.Call) and _name(node) in FRAMES:
            raise DeclinedError("a format of fixed lengths holds the result")


def require_errors_pass(site: Site, file: PythonFile, function: Function | None) -> None:
    """Raise DeclinedError where a direct or indirect caller handles errors that would no longer be
    raised."""
    seen: set[str] = set()
    todo = [function.name] if function is not None else []
    while todo:
        name = todo.pop()
        if name in seen or len(seen) > 20:
            continue
        seen.add(name)
        for other, call in calls_of(site, name):
            if handles_some(other, call):
                raise DeclinedError("a caller handles the errors of the old cipher")
            around = other.function(call)
            if around is not None:
                todo.append(around.name)


def handles_some(file: PythonFile, node: ast.AST) -> bool:
    """Whether a `try` in the same function handles some errors of a node, but not InvalidTag."""
    inner: ast.AST = node
    for outer in file.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        if isinstance(outer, ast.Try) and any(inner is one for one in outer.body):
            names = [dotted(one) for handler in outer.handlers for one in _types(handler)]
            if outer.handlers and not {"Exception", "BaseException", "InvalidTag"} & {
                (name or "").rpartition(".")[2] for name in names
            }:
                return True
        inner = outer
    return False


def _types(handler: ast.ExceptHandler) -> list[ast.expr]:
    if handler.type is None:
        return [ast.Name("Exception")]
    return handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]


def calls_of(site: Site, name: str) -> Iterator[tuple[PythonFile, ast.Call]]:
    """The calls of functions of a name, also where they are imported by another one."""
    for file in site.project.python_with(name):
        names = {name} | {
            alias.asname
            for node in file.walk()
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name == name and alias.asname
        }
        for node in file.walk():
            mention = (isinstance(node, ast.Name) and node.id in names) or (
                isinstance(node, ast.Attribute) and node.attr == name
            )
            call = file.parent(node) if mention else None
            if isinstance(call, ast.Call) and call.func is node:
                yield file, call


def _results(
    site: Site, file: PythonFile, function: Function | None, depth: int
) -> Iterator[tuple[PythonFile, ast.expr]]:
    """The expressions that hold a function's result: its calls, reads of the variables that store
    it, and the same for functions that return it."""
    if function is None or depth > _DEPTH:
        return
    for other, call in calls_of(site, function.name):
        node = _awaited(other, call)
        yield other, node
        around = other.function(node)
        returned = isinstance(_carrier(other, node), ast.Return)
        for read in _kept(other, node):
            yield other, read
            returned = returned or isinstance(_carrier(other, read), ast.Return)
        if returned and around is not None and around is not function:
            yield from _results(site, other, around, depth + 1)


def _awaited(file: PythonFile, call: ast.expr) -> ast.expr:
    parent = file.parent(call)
    return parent if isinstance(parent, ast.Await) else call


def _kept(file: PythonFile, node: ast.expr) -> Iterator[ast.expr]:
    """The reads of the local variables to which a value is assigned."""
    statement = _carrier(file, node)
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = {one.id for one in targets if isinstance(one, ast.Name)}
    for read in file.walk(file.function(node) or file.tree):
        if isinstance(read, ast.Name) and read.id in names and isinstance(read.ctx, ast.Load):
            yield read


def _carrier(file: PythonFile, node: ast.expr) -> ast.AST | None:
    """The node that receives a value, after conversions such as `b64encode`."""
    return file.parent(_converted(file, node))


def _converted(file: PythonFile, node: ast.expr) -> ast.expr:
    """The outermost conversion around a value, such as `b64encode(value).decode()`, or the value
    itself."""
    current = node
    while True:
        parent = file.parent(current)
        if isinstance(parent, ast.Attribute) and parent.attr in _SAME_VALUE:
            call = file.parent(parent)
            if isinstance(call, ast.Call) and call.func is parent:
                current = call
                continue
        if isinstance(parent, ast.Call) and current in parent.args and _name(parent) in _SAME_VALUE:
            current = parent
            continue
        return current


def is_compared(file: PythonFile, node: ast.expr) -> bool:
    """Whether a value is compared with another, or something is looked up by it."""
    value = _converted(file, node)
    parent = file.parent(value)
    if isinstance(parent, ast.Compare):
        return True
    if isinstance(parent, ast.Subscript) and parent.slice is value:
        return True
    if isinstance(parent, ast.Dict) and value in parent.keys:
        return True
    if isinstance(parent, ast.Set | ast.Lambda):
        return True
    for outer in file.ancestors(value):
        if isinstance(outer, ast.Call):
            if outer.func is not parent and _name(outer) in (*_LOOKS_UP, "compare_digest"):
                return True
            return any(
                isinstance(one, ast.Constant)
                and isinstance(one.value, str)
                and _BY_VALUE.search(one.value) is not None
                for one in ast.walk(outer)
            )
        if not isinstance(outer, ast.Tuple | ast.List | ast.Dict | ast.keyword):
            return False
    return False


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
