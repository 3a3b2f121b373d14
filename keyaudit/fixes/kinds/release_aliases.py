"""Deletes the aliases of a KMS key that is disabled."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, editor = site.call(), site.editor()
    statement = site.file.parent(call)
    key = site.argument(call, "key-id")
    client = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    if not site.is_called(call, "boto3.kms.disable_key") or not isinstance(statement, ast.Expr):
        raise DeclinedError("it is not known how aliases are deleted there")
    if key is None or dotted(key) is None or client is None:
        raise DeclinedError("the key or the client is looked up in an unusual way")
    alias = editor.names.free("alias")
    source = site.file.source(key)
    editor.after(
        statement,
        [
            f'for {alias} in {client}.list_aliases(KeyId={source})["Aliases"]:',
            f'{editor.unit()}{client}.delete_alias(AliasName={alias}["AliasName"])',
        ],
    )
    return site.rewrite(
        "delete the key's aliases",
        migrate=("where the key has a successor, point the alias at that (`update_alias`) before",),
    )
