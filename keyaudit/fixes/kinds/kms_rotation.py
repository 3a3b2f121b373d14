"""Enables automatic rotation of a KMS key where the key is created."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_TITLE = "switch automatic rotation on"
_KEYWORDS = {
    "aws_cdk.": ("enable_key_rotation", "True"),
    "pulumi_aws.": ("enable_key_rotation", "True"),
    "hvac.": ("auto_rotate_period", '"2160h"'),
}
# Of these AWS rotates no key by itself (KMS Developer Guide, Rotate AWS KMS keys).
_SYMMETRIC = {"KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
              "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS"}  # fmt: skip
_NOTE = "the role that makes the key needs the permission kms:EnableKeyRotation"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = site.call()
    use = site.use(call)
    name = use.model.name if use is not None else ""
    for head, (keyword, value) in _KEYWORDS.items():
        if name.startswith(head):
            _require_symmetric(call)
            site.editor().set_keyword(call, keyword, value)
            return site.rewrite(_TITLE)
    if name != "boto3.kms.create_key":
        raise DeclinedError("it is not known how to switch rotation on there")
    _require_symmetric(call)
    client = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    if client is None:
        raise DeclinedError("the client is made in the call")
    _enable(site, call, client)
    return site.rewrite(_TITLE, migrate=(_NOTE,))


def _require_symmetric(call: ast.Call) -> None:
    for keyword in call.keywords:
        if keyword.arg is None:
            raise DeclinedError("it is not known what kind of key is made")
        wanted = _SYMMETRIC.get(keyword.arg)
        if wanted and not (
            isinstance(keyword.value, ast.Constant) and keyword.value.value == wanted
        ):
            raise DeclinedError("such a key cannot be rotated automatically")
        if keyword.arg in ("key_spec", "customer_master_key_spec", "key_usage", "key_type", "type"):
            raise DeclinedError("it is not known whether such a key can be rotated automatically")


def _enable(site: Site, call: ast.Call, client: str) -> None:
    file, editor = site.file, site.editor()
    statement = file.statement(call)
    value = statement.value if isinstance(statement, ast.Assign | ast.Return | ast.Expr) else None
    if value is None or _root(value) is not call:
        raise DeclinedError("the key is made inside of another expression")
    path = file.source(value)[len(file.source(call)) :]
    if isinstance(statement, ast.Assign):
        name = dotted(statement.targets[0]) if len(statement.targets) == 1 else None
        if name is None:
            raise DeclinedError("what is made is kept in an unusual way")
        lines = []
    else:
        name = editor.names.free("key_id" if path.rstrip().endswith('KeyId"]') else "response")
        head = file.start(statement)
        body = f"{name} = "
        if isinstance(statement, ast.Return):
            editor.replace_place(head, file.start(value), body)
            lines = [f"return {name}"]
        else:
            editor.insert(head, body)
            lines = []
    rest = {"": '["KeyMetadata"]["KeyId"]', '["KeyMetadata"]': '["KeyId"]'}
    known = path.replace("'", '"').replace(" ", "")
    if known in ('["KeyMetadata"]["KeyId"]', '["KeyMetadata"]["Arn"]'):
        key = name
    elif known in rest:
        key = f"{name}{rest[known]}"
    else:
        raise DeclinedError("it is not known what is taken from the response")
    editor.after(statement, [f"{client}.enable_key_rotation(KeyId={key})", *lines])


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node
