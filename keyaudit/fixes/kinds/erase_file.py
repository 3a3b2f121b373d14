"""Overwrites a file with a secret before it is removed, by `keyaudit.remediation.erase_file`."""

from __future__ import annotations

import ast

from keyaudit.fixes import library
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_NOTE = (
    "a link, a file with several names and what is no file are refused with ValueError; a file "
    "that is not there raises FileNotFoundError, as before"
)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = site.call()
    editor = site.editor()
    if site.is_called(call, "os.remove", "os.unlink"):
        if len(call.args) != 1 or call.keywords:
            raise DeclinedError("the file is removed in a way of its own")
        _require_statement(site, call)
        editor.replace(call.func, library.member(site, "erase_file", call))
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "unlink":
        if call.args or call.keywords:
            raise DeclinedError("the file may not be there")
        _require_statement(site, call)
        path = site.file.source(call.func.value)
        if "\n" in path:
            raise DeclinedError("the path is written in several lines")
        editor.replace(call, f"{library.member(site, 'erase_file', call)}({path})")
    else:
        raise DeclinedError("a whole folder is removed")
    return site.rewrite("overwrite the file before it is removed", migrate=(_NOTE,))


def _require_statement(site: Site, call: ast.Call) -> None:
    if not isinstance(site.file.parent(call), ast.Expr):
        raise DeclinedError("what the call gives is used")
