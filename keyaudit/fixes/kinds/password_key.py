"""Derives a key with scrypt and a random salt, where a password was used as the key directly.

Code that cut and padded the password is removed. The salt is drawn where the data is encrypted and
put in front of the function's result; decryption reads it from there. Declined for any other form.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.kinds.salted_key import MIGRATE, both_ends, prepend, take
from keyaudit.fixes.python_file import Function, PythonFile
from keyaudit.fixes.results import require_whole
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.value_types import Kind, kind_of

_FITTING = frozenset({"ljust", "rjust", "zfill", "center"})
_ENCODING = frozenset({"urlsafe_b64encode", "b64encode"})
_BYTES = 32  # of the key: AES-256, Fernet, ChaCha20


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file, editor = site.file, site.editor()
    encrypting, decrypting = both_ends(file)
    keys = _keys(site)
    functions = [file.function(key) for key in keys]
    if len(keys) != 2 or {id(one) for one in functions} != {id(encrypting), id(decrypting)}:
        raise DeclinedError("the password is not made a key in one function for each end")
    salt = editor.names.free("salt")
    require_whole(site, file, encrypting)
    hashlib = editor.module("hashlib", keys[0])
    for key in keys:
        editor.replace(key, _derived(site, file, key, f"{hashlib}.scrypt", salt))
    prepend(site, encrypting, salt)
    take(site, decrypting, salt)
    return site.rewrite("derive the key from the password with scrypt", migrate=MIGRATE)


def _keys(site: Site) -> list[ast.expr]:
    """The key argument of every cipher call of the file; for a variable, the expression assigned to
    it."""
    file = site.file
    found: dict[int, ast.expr] = {}
    for uses in site.project.uses(file.path).values():
        for use in uses:
            if not use.model.kinds & {"cipher", "aead", "fernet"}:
                continue
            for _, value in use.arguments.get("key", ()):
                node = file.at(value.pos, value.end, ast.expr)
                function = file.function(node) if node is not None else None
                if node is None or function is None:
                    raise DeclinedError("the key is made in an unusual way")
                node = _assigned(file, node, function)
                found[id(node)] = node
    return list(found.values())


def _assigned(file: PythonFile, node: ast.expr, function: Function) -> ast.expr:
    """The expression assigned to a local variable that has no other use; else the node itself."""
    if not isinstance(node, ast.Name):
        return node
    same = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == node.id]
    stores = [one for one in same if isinstance(one.ctx, ast.Store)]
    statement = file.parent(stores[0]) if len(stores) == 1 else None
    if len(same) == 2 and isinstance(statement, ast.Assign) and statement.targets == stores:
        return statement.value
    if stores:
        raise DeclinedError("the key is made in an unusual way")
    return node


def _derived(site: Site, file: PythonFile, key: ast.expr, scrypt: str, salt: str) -> str:
    outer, inner = "", key
    if isinstance(key, ast.Call) and len(key.args) == 1 and _method(key) in _ENCODING:
        outer, inner = file.source(key.func), key.args[0]
    secret = _secret(site, inner)
    text = f"{scrypt}({secret}, salt={salt}, n=2**17, r=8, p=1, maxmem=2**28, dklen={_BYTES})"
    return f"{outer}({text})" if outer else text


def _secret(site: Site, node: ast.expr) -> str:
    """The expression for the password as bytes, without the code that cuts and pads it."""
    encoded = False
    while True:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            node = node.value
        elif isinstance(node, ast.Call) and _method(node) in _FITTING:
            assert isinstance(node.func, ast.Attribute)
            node = node.func.value
        elif (
            isinstance(node, ast.Call)
            and _method(node) == "encode"
            and isinstance(node.func, ast.Attribute)
        ):
            encoded = True
            node = node.func.value
        else:
            break
    if not isinstance(node, ast.Name | ast.Attribute):
        raise DeclinedError("the password is put together from parts")
    text = site.file.source(node)
    if encoded or kind_of(site, node) is Kind.TEXT:
        return f"{text}.encode()"
    if kind_of(site, node) is Kind.OTHER:
        raise DeclinedError("it is not known whether the password is text or bytes")
    return text


def _method(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
