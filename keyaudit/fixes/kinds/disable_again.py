"""Disables a KMS key again in a `finally`, where it was enabled to read old data."""

from __future__ import annotations

import ast

from keyaudit.fixes.blocks import guard, guard_with
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file, editor = site.file, site.editor()
    call = site.call()
    statement = file.parent(call)
    if not site.is_called(call, "boto3.kms.enable_key") or not isinstance(statement, ast.Expr):
        raise DeclinedError("it is not known how the key is switched off again")
    client = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    key = site.argument(call, "key-id")
    if client is None or key is None or dotted(key) is None:
        raise DeclinedError("the key or the client is looked up in an unusual way")
    body = file.body_of(statement)
    rest = body[body.index(statement) + 1 :]
    off = f"{client}.disable_key(KeyId={file.source(key)})"
    last = next((one for one in rest if _is(file.source(one), off)), None)
    if last is not None:
        between = rest[: rest.index(last)]
        if not between:
            raise DeclinedError("nothing is done with the key")
        guard(editor, between, last)
    elif any(_decrypts(site, one) for one in rest):
        guard_with(editor, rest, [off])
    else:
        raise DeclinedError("the key may be meant to stay on")
    return site.rewrite("switch the key off again, whatever happens")


def _is(source: str, wanted: str) -> bool:
    return "".join(source.split()) == wanted


def _decrypts(site: Site, statement: ast.stmt) -> bool:
    for node in ast.walk(statement):
        use = site.use(node) if isinstance(node, ast.Call) else None
        if use is not None and "kms-decrypt" in use.model.kinds:
            return True
    return False
