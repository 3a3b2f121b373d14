"""Raises an error before a KMS key that still has grants is scheduled for deletion."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call, editor = site.call(), site.editor()
    key = site.argument(call, "key-id")
    client = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    if not site.is_called(call, "boto3.kms.schedule_key_deletion"):
        raise DeclinedError("it is not known how to look who uses the key there")
    if key is None or dotted(key) is None or client is None:
        raise DeclinedError("the key or the client is looked up in an unusual way")
    source = site.file.source(key)
    error = editor.names.builtin("RuntimeError")
    editor.before(
        site.file.statement(call),
        [
            f'if {client}.list_grants(KeyId={source}).get("Grants"):',
            f'{editor.unit()}raise {error}(f"key {{{source}}} still has grants")',
        ],
    )
    return site.rewrite(
        "look for grants first",
        migrate=("the role that deletes keys needs the permission kms:ListGrants",),
    )
