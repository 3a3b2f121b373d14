"""Checks that nothing derived from a key outlives the function, so that it can be wiped at its
end."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile
from keyaudit.fixes.site import Site

# Libraries whose calls take a bytearray for a key, and look at it in the call only or copy it.
TAKE_BYTEARRAY = ("cryptography.hazmat.primitives.ciphers.", "Crypto.Cipher.", "Crypto.Hash.",
                  "hmac.", "hashlib.", "cryptography.hazmat.primitives.hmac.",
                  "cryptography.hazmat.primitives.kdf.", "cryptography.fernet.Fernet")  # fmt: skip

# Methods whose results may look at the key again.
_HOLDERS = frozenset({"new", "encryptor", "decryptor", "from_buffer", "copy", "padder"})


def require_done_at_end(site: Site, function: Function, name: str) -> None:
    """Raise DeclinedError where the key `name`, or an object made from it, may outlive the
    function."""
    file = site.file
    binders = site.editor().names.binders(name)
    here = [node for node in binders if file.function(node) is function]
    if len(here) != 1:
        raise DeclinedError("the variable is given several values")
    holders = {name}
    for _ in range(4):
        grown = holders | set(_made_of(file, function, holders))
        if grown == holders:
            break
        holders = grown
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id not in holders:
            continue
        if isinstance(node.ctx, ast.Load):
            if file.function(node) is not function or _in_lambda(file, node):
                raise DeclinedError("an inner function uses the key")
            _require_short(site, file, node, is_key=node.id == name)


def _in_lambda(file: PythonFile, node: ast.AST) -> bool:
    return any(isinstance(outer, ast.Lambda) for outer in file.ancestors(node))


def _made_of(file: PythonFile, function: Function, holders: set[str]) -> list[str]:
    """The variables to which an object made from one of `holders` is assigned."""
    found = []
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and _holds(node.value, holders):
            found.append(target.id)
    return found


def _holds(value: ast.expr, holders: set[str]) -> bool:
    """Whether an expression makes an object that may retain the key: `AES.new(key)`,
    `Cipher(…)`."""
    if not isinstance(value, ast.Call):
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else ""
    name = value.func.id if isinstance(value.func, ast.Name) else name
    makes = name[:1].isupper() or name in _HOLDERS
    if not makes:
        return False
    return any(isinstance(node, ast.Name) and node.id in holders for node in ast.walk(value))


def _require_short(site: Site, file: PythonFile, node: ast.Name, *, is_key: bool) -> None:
    """Raise DeclinedError where a use of the key, or of an object that holds it, stores or returns
    it."""
    inner: ast.AST = node
    for outer in file.ancestors(node):
        if isinstance(outer, ast.Attribute):
            inner = outer
            continue
        if isinstance(outer, ast.Call):
            if outer.func is inner:
                method = outer.func.attr if isinstance(outer.func, ast.Attribute) else ""
                if method not in _HOLDERS:
                    return  # what it gives is of the object's making, and holds no key
                inner = outer
                continue
            if not _holds(outer, {node.id}):
                return
            inner = outer
            continue
        if isinstance(outer, ast.keyword | ast.Await | ast.Starred):
            inner = outer
            continue
        if isinstance(outer, ast.Assign):
            if isinstance(outer.targets[0], ast.Name) and inner is not node:
                return
            if inner is node:
                raise DeclinedError("the key goes by another name as well")
            raise DeclinedError("what is made of the key is kept")
        if isinstance(outer, ast.Return | ast.Dict | ast.List | ast.Tuple | ast.Set | ast.Yield):
            raise DeclinedError("what is made of the key is handed out")
        return
