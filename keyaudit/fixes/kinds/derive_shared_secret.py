"""Passes the result of a key exchange through HKDF before it is used as a key."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site

_PRIMITIVES = "cryptography.hazmat.primitives"
_MIGRATE = ("the other side of the exchange must derive its key in the same way, at the same time",)


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, exchange = site.first_step(ast.Call)
    use = site.use_in(path, exchange)
    if use is None or not use.model.name.startswith(f"{_PRIMITIVES}.asymmetric."):
        raise DeclinedError("the exchange is not one of cryptography's")
    editor = site.editor(path)
    file = editor.file
    if isinstance(file.parent(exchange), ast.Subscript):
        raise DeclinedError("a part of the secret is taken")
    if isinstance(file.parent(exchange), ast.Return):
        _require_passed_on(site, file, exchange)
    elif not _is_passed(file, exchange):
        _require_one_use(file, exchange)
    hkdf = editor.member(f"{_PRIMITIVES}.kdf.hkdf", "HKDF", exchange)
    hashes = editor.names.imported(_PRIMITIVES, "hashes", exchange) or editor.module(
        f"{_PRIMITIVES}.hashes", exchange
    )
    source = file.source(exchange)
    derive = f'{hkdf}({hashes}.SHA256(), 32, None, b"key exchange").derive'
    editor.replace(exchange, f"{derive}({source})")
    return site.rewrite("derive the key with HKDF", migrate=_MIGRATE)


def _is_passed(file: PythonFile, exchange: ast.Call) -> bool:
    """Whether the secret goes right from the exchange into a call, which makes a cipher of it."""
    parent = file.parent(exchange)
    call = file.parent(parent) if isinstance(parent, ast.keyword) else parent
    return isinstance(call, ast.Call) and call.func is not exchange


def _require_passed_on(site: Site, file: PythonFile, exchange: ast.Call) -> None:
    """Raise DeclinedError unless each result of the function that returns the secret goes right
    into a call of a library that is known, which makes a key of it."""
    function = file.function(exchange)
    returns = (
        [node for node in ast.walk(function) if isinstance(node, ast.Return)] if function else []
    )
    if function is None or function.decorator_list or len(returns) != 1:
        raise DeclinedError("the secret is kept in an unusual way")
    mentions = 0
    for other in site.project.python_with(function.name):
        for node in other.walk():
            if getattr(node, "id", None) != function.name and (
                getattr(node, "attr", None) != function.name
            ):
                continue
            call = other.parent(node)
            if not isinstance(call, ast.Call) or call.func is not node:
                raise DeclinedError("the secret is kept in an unusual way")
            outer = other.parent(call)
            if not (
                isinstance(outer, ast.Call)
                and call in outer.args
                and site.project.uses(other.path).get(other.place(outer))
            ):
                raise DeclinedError("the secret is kept in an unusual way")
            mentions += 1
    if not mentions:
        raise DeclinedError("the secret is kept in an unusual way")


def _require_one_use(file: PythonFile, exchange: ast.Call) -> None:
    """Raise DeclinedError unless the secret is put into a variable that is read once."""
    statement = file.parent(exchange)
    target = dotted(statement.targets[0]) if isinstance(statement, ast.Assign) else None
    if target is None:
        raise DeclinedError("the secret is kept in an unusual way")
    head, _, last = target.rpartition(".")
    top = file.function(exchange) or file.tree if not head else file.tree
    reads = [
        node
        for node in file.walk(top)
        if isinstance(node, ast.Attribute if head else ast.Name)
        and (getattr(node, "attr", None) or getattr(node, "id", None)) == last
        and isinstance(node.ctx, ast.Load)
    ]
    if any(isinstance(file.parent(node), ast.Subscript) for node in reads):
        raise DeclinedError("a part of the secret is taken")
    if head and head != "self":
        raise DeclinedError("the secret is kept in an unusual way")
    if not head and len(reads) != 1:
        raise DeclinedError("the secret is used for several things")
