"""What is done with a key is written to the log, with the key's id, before it is done."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.logs import logger
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_NAMED = ("KeyId", "SecretId", "name", "key_name", "secret_name", "Name", "CiphertextBlob")

_GRAVE = ("disable", "schedule", "delete", "destroy", "purge", "begin_delete")


def rewrite(site: Site) -> Rewrite:
    """See the module."""
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
    """What the call is about: an id or a name, as it is written."""
    for keyword in call.keywords:
        if keyword.arg in _NAMED and keyword.arg != "CiphertextBlob":
            return site.file.source(keyword.value) if dotted(keyword.value) else None
    if call.args and dotted(call.args[0]):
        return site.file.source(call.args[0])
    return None
