"""Makes an environment variable required that has a default for a secret in the source."""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.environment import example_line
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.overrides import require_last
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.settings_fields import field_of, require
from keyaudit.fixes.site import Rewrite, Site

_NOTE = "set {} wherever the program runs, before it is updated there: it does not start without"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, default = site.first_step(ast.Constant)
    editor = site.editor(path)
    file = editor.file
    require_last(site.project, file, default)
    field = field_of(file, default)
    if field is not None:
        return require(site, path, field, default)
    outer = file.parent(default)
    if isinstance(outer, ast.BoolOp) and isinstance(outer.op, ast.Or) and len(outer.values) == 2:
        read = outer.values[0]
        if outer.values[1] is not default or not isinstance(read, ast.Call) or len(read.args) != 1:
            raise DeclinedError("it is not known what the default stands in for")
        start, end = file.place(outer)
        if isinstance(file.parent(outer), ast.Attribute) and _is_alone(file, start, end):
            start, end = start - 1, end + 1
        editor.replace_place(start, end, _required(site, path, read))
        return _rewritten(site, path, read)
    call = file.parent(outer) if isinstance(outer, ast.keyword) else outer
    if not isinstance(call, ast.Call):
        raise DeclinedError("it is not known what the default stands in for")
    name = _name(call)
    if name in ("get", "getenv", "pop") and _is_environ(call):
        editor.replace(call, _required(site, path, call))
    elif name in ("config", "env", "str") and (
        isinstance(outer, ast.keyword) or (len(call.args) == 2 and call.args[1] is default)
    ):
        editor.remove_argument(call, outer if isinstance(outer, ast.keyword) else default)
    else:
        raise DeclinedError("it is not known how to require the value")
    return _rewritten(site, path, call)


def _is_alone(file: PythonFile, start: int, end: int) -> bool:
    """Whether nothing else stands in the parentheses around a place."""
    return file.text[start - 1 : start] == "(" and file.text[end : end + 1] == ")"


def _rewritten(site: Site, path: str, call: ast.Call) -> Rewrite:
    """The fix, with a line in `.env.example` where the variable's name is written in the call."""
    first = call.args[0] if call.args else None
    name = first.value if isinstance(first, ast.Constant) else None
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name):
        return site.rewrite("require the variable", migrate=(_NOTE.format("the variable"),))
    more = example_line(site, name)
    return site.rewrite(f"require the variable {name}", migrate=(_NOTE.format(name),), more=more)


def _name(call: ast.Call) -> str:
    return (dotted(call.func) or "").rpartition(".")[2]


def _is_environ(call: ast.Call) -> bool:
    name = dotted(call.func) or ""
    return name.endswith(("environ.get", "getenv")) and len(call.args) + len(call.keywords) in (
        1,
        2,
    )


def _required(site: Site, path: str, call: ast.Call) -> str:
    """`os.environ["NAME"]`, which raises KeyError where the variable is not set."""
    name = dotted(call.func) or ""
    if not call.args or not _is_environ(call):
        raise DeclinedError("it is not known what the default stands in for")
    variable = site.editor(path).file.source(call.args[0])
    head = name.removesuffix(".get")
    if head == name:  # getenv
        head = f"{site.editor(path).module('os', call)}.environ"
    return f"{head}[{variable}]"
