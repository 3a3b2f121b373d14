"""Creates a file that holds a secret so that only its owner can read it."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site

_FLAGS = {"w": "O_WRONLY | {os}.O_CREAT | {os}.O_TRUNC",
          "x": "O_WRONLY | {os}.O_CREAT | {os}.O_EXCL",
          "a": "O_WRONLY | {os}.O_CREAT | {os}.O_APPEND"}  # fmt: skip
_NOTE = (
    "a file that is there already keeps its mode: `chmod 600` it once; a program of another user "
    "that reads it must be given it in another way"
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if _is_written_whole(site):
        return _touched(site)
    call = _opened(site)
    editor = site.editor()
    if any(isinstance(one, ast.Starred) for one in call.args) or not call.args:
        raise DeclinedError("it is not known how the file is opened")
    modes = [one.value for one in call.keywords if one.arg == "mode"] + call.args[1:2]
    mode = modes[0].value if len(modes) == 1 and isinstance(modes[0], ast.Constant) else None
    if not isinstance(mode, str) or set(mode) - set("wxabt") or mode[:1] not in _FLAGS:
        raise DeclinedError("it is not known how the file is opened")
    if any(one.arg in ("opener", "file", None) for one in call.keywords):
        raise DeclinedError("the file is opened in a way of its own")
    os = editor.module("os", call)
    flags = _FLAGS[mode[0]].format(os=os)
    path = editor.file.source(call.args[0])
    if "\n" in path:
        raise DeclinedError("the path is written in several lines")
    opened = f"{os}.open({path}, {os}.{flags}, 0o600)"
    editor.replace(call.func, f"{os}.fdopen")
    editor.replace(call.args[0], opened)
    return site.rewrite("create the file for its owner alone", migrate=(_NOTE,))


def _is_written_whole(site: Site) -> bool:
    """Whether a method of a path writes the file."""
    return site.is_called(site.call(), "pathlib.Path.write_text", "pathlib.Path.write_bytes")


def _touched(site: Site) -> Rewrite:
    """Make the file before a path's method writes it: `path.touch(mode=0o600)`."""
    call = site.call()
    statement = site.file.statement(call)
    assert isinstance(call.func, ast.Attribute)
    path = dotted(call.func.value)
    if path is None or not isinstance(statement, ast.Expr) or statement.value is not call:
        raise DeclinedError("it is not known where the file is opened")
    site.editor().before(statement, [f"{path}.touch(mode=0o600)"])
    return site.rewrite("create the file for its owner alone", migrate=(_NOTE,))


def _opened(site: Site) -> ast.Call:
    """The `open(…)` that gives the file which the secret is written to."""
    file = site.file
    call = site.call()
    holders = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    names = {one.id for one in (*holders, *call.args) if isinstance(one, ast.Name)}
    found = [
        node
        for node in file.walk(file.function(call) or file.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "open"
        and _held(file, node) in names
        and file.function(node) is file.function(call)
    ]
    if len(found) > 1:
        # One name for several files, each in a block of its own.
        around = {id(outer) for outer in file.ancestors(call)}
        in_blocks = [one for one in found if id(_block(file, one)) in around][-1:]
        found = in_blocks or _opened_last(file, call, found)
    if len(found) != 1:
        raise DeclinedError("it is not known where the file is opened")
    site.editor().names.builtin("open")
    return found[0]


def _opened_last(file: PythonFile, call: ast.Call, found: list[ast.Call]) -> list[ast.Call]:
    """The last of some files opened before a call, where the statement that opens it stands in the
    same block, so that no other one may be meant."""
    before = [one for one in found if file.end(one) <= file.start(call)]
    last = max(before, key=file.start, default=None)
    if last is None or _block(file, last) is not None:
        return []
    statement = file.statement(last)
    inside = {id(outer) for outer in file.ancestors(call)} | {id(file.statement(call))}
    body = file.body_of(statement)
    return [last] if any(id(one) in inside for one in body[body.index(statement) :]) else []


def _block(file: PythonFile, call: ast.Call) -> ast.AST | None:
    """The `with` that closes what a call opens; None without one."""
    item = file.parent(call)
    return file.parent(item) if isinstance(item, ast.withitem) else None


def _held(file: PythonFile, call: ast.Call) -> str | None:
    outer = file.parent(call)
    target: ast.expr | None = None
    if isinstance(outer, ast.withitem):
        target = outer.optional_vars
    elif isinstance(outer, ast.Assign) and len(outer.targets) == 1:
        target = outer.targets[0]
    return target.id if isinstance(target, ast.Name) else None
