"""Makes the private key of a key exchange in the function that runs the exchange.

Only where that function gives its public half to the other side as well: elsewhere the other side
knows the old one from somewhere.
"""

from __future__ import annotations

import ast
import builtins

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import Function, PythonFile
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    file, editor = site.file, site.editor()
    call = site.call()
    key = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(key, ast.Name):
        raise DeclinedError("the key is an attribute, which others may read")
    statement = _made(file, key.id)
    function = file.function(key)
    if function is None:
        raise DeclinedError("the exchange runs once, when the module is loaded")
    uses = _uses(site, file, key.id, function)
    if not any(_gives_public(file, use) for use in uses):
        raise DeclinedError("the other side knows the public key of the old one")
    name = key.id.lower()
    if name != key.id and (site.editor().names.is_taken(name) or hasattr(builtins, name)):
        name = key.id
    if any(isinstance(node, ast.Global) and key.id in node.names for node in ast.walk(function)):
        raise DeclinedError("the key is given several values")
    body = [one for one in function.body if not _is_docstring(one)]
    if not body or body[0].lineno == function.lineno:
        raise DeclinedError("the function stands on one line")
    if file.source(statement.value).count("\n"):
        raise DeclinedError("the key is made in several lines")
    editor.before(body[0], [f"{name} = {file.source(statement.value)}"])
    for use in uses:
        if name != key.id:
            editor.replace(use, name)
    editor.remove_statement(statement)
    return site.rewrite("make a key for each exchange")


def _made(file: PythonFile, name: str) -> ast.Assign:
    """The one statement, at module level, that gives the key."""
    found = [
        node
        for node in file.walk()
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]
    statement = file.parent(found[0]) if len(found) == 1 else None
    if (
        not isinstance(statement, ast.Assign)
        or statement.targets != [found[0]]
        or not isinstance(file.parent(statement), ast.Module)
        or not isinstance(statement.value, ast.Call)
    ):
        raise DeclinedError("the key is given several values")
    return statement


def _uses(site: Site, file: PythonFile, name: str, function: Function) -> list[ast.Name]:
    """All uses of the key, which must stand in one function."""
    for other in site.project.readable_with(name):
        if other.path != file.path and any(
            (isinstance(node, ast.Attribute) and node.attr == name)
            or (isinstance(node, ast.alias) and node.name == name)
            for node in other.walk()
        ):
            raise DeclinedError("other files use the key")
    found = []
    for node in file.walk():
        if isinstance(node, ast.Constant) and node.value == name:
            raise DeclinedError("the key is looked up by its name")
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            if file.function(node) is not function or file.is_in_text(node):
                raise DeclinedError("other functions use the key")
            found.append(node)
    return found


def _gives_public(file: PythonFile, use: ast.Name) -> bool:
    outer = file.parent(use)
    return isinstance(outer, ast.Attribute) and outer.attr in ("public_key", "publickey")


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
