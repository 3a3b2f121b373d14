"""Logs an operation on a key, with the key's id, before it is executed."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.logs import logger
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_NAMED = ("KeyId", "SecretId", "name", "key_name", "secret_name", "Name", "CiphertextBlob")

_GRAVE = ("disable", "schedule", "delete", "destroy", "purge", "begin_delete")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, editor = site.call(), site.editor()
    statement = site.file.statement(call)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.With):
        raise DeclinedError("it stands in the head of a block")
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = logger(site, call)
    subject = _subject(site, call)
    level = "warning" if method.startswith(_GRAVE) else "info"
    function = site.file.function(call)
    reason = f" in {function.name}" if function is not None else ""
    if subject is None:
        editor.before(statement, [f'{name}.{level}("{method}{reason}")'])
    else:
        editor.before(statement, [f'{name}.{level}("{method} of %s{reason}", {subject})'])
    return site.rewrite("write it to the log")


def _subject(site: Site, call: ast.Call) -> str | None:
    """The source of the id or name that the call is about; None where it is not a plain name."""
    for keyword in call.keywords:
        if keyword.arg in _NAMED and keyword.arg != "CiphertextBlob":
            return site.file.source(keyword.value) if dotted(keyword.value) else None
    if call.args and dotted(call.args[0]):
        return site.file.source(call.args[0])
    return None
