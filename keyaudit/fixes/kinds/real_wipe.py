"""Holds a key in a bytearray and overwrites it, where the variable was only assigned another value.

Declined unless every use of the key accepts a bytearray, and the key is confined to one function or
to the methods of one class.
"""

from __future__ import annotations

import ast

from keyaudit.fixes import library
from keyaudit.fixes.blocks import guard
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.keys_in_use import TAKE_BYTEARRAY, require_done_at_end
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.value_types import Kind, kind_of

_TITLE = "hold the key in a bytearray, and overwrite that"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    start, _ = site.place(site.finding.span)
    file, editor = site.file, site.editor()
    wipe = file.starting_at(start, ast.stmt)
    if not isinstance(wipe, ast.Assign) or len(wipe.targets) != 1:
        raise DeclinedError("it is written in a way that no fix is known for")
    target = dotted(wipe.targets[0])
    if target is None:
        raise DeclinedError("it is written in a way that no fix is known for")
    scope = file.owner(wipe) if target.startswith("self.") else file.function(wipe)
    if scope is None or target.count(".") > 1:
        raise DeclinedError("the key is not of one function or class")
    made = [
        node
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and dotted(node.targets[0]) == target
        and node is not wipe
        and not _is_none(node.value)
    ]
    if len(made) != 1:
        raise DeclinedError("it is not known where the key is made")
    kind = kind_of(site, made[0].value)
    if kind in (Kind.TEXT, Kind.OTHER):
        raise DeclinedError("a text cannot be overwritten")
    _require_takers(site, scope, target)
    if target.startswith("self."):
        _require_private(site, scope, target.partition(".")[2])
    value = file.source(made[0].value)
    name = editor.names.builtin("bytearray")
    if not value.startswith("bytearray("):
        editor.replace(made[0].value, f"{name}({value})")
    text = f"{target}[:] = bytes(len({target}))"
    if library.is_wanted(site):
        text = f"{library.member(site, 'wipe', wipe)}({target})"
    if _is_none(wipe.value):
        editor.before(wipe, [f"if {target} is not None:", f"{editor.unit()}{text}"])
    elif _may_be_none(scope, target):
        indent = editor.indent_of(wipe)
        editor.replace(wipe, f"if {target} is not None:\n{indent}{editor.unit()}{text}")
    else:
        editor.replace(wipe, text)
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        require_single(site, scope, target)
        body = file.body_of(wipe)
        if made[0] not in body:
            raise DeclinedError("the key is made in another block")
        between = body[body.index(made[0]) + 1 : body.index(wipe)]
        if not between:
            raise DeclinedError("nothing is done with the key")
        guard(editor, between, wipe)
    return site.rewrite(_TITLE)


def require_single(site: Site, scope: ast.AST, target: str) -> None:
    """Raise DeclinedError where an object made from the key may outlive the function."""
    assert isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
    try:
        require_done_at_end(site, scope, target)
    except DeclinedError as error:
        if "several values" not in error.reason:
            raise


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _may_be_none(scope: ast.AST, target: str) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and _is_none(node.value)
        and any(dotted(one) == target for one in node.targets)
        for node in ast.walk(scope)
    )


def _require_private(site: Site, scope: ast.AST, name: str) -> None:
    """Raise DeclinedError where code outside of the class reads the attribute."""
    inside = {id(node) for node in ast.walk(scope)}
    for file in site.project.python_with(name):
        for node in file.walk():
            if isinstance(node, ast.Attribute) and node.attr == name and id(node) not in inside:
                raise DeclinedError("the key is read outside of its class")


def _require_takers(site: Site, scope: ast.AST, target: str) -> None:
    """Raise DeclinedError unless every use of the key accepts a bytearray."""
    file = site.file
    for node in ast.walk(scope):
        if not isinstance(node, ast.Name | ast.Attribute) or dotted(node) != target:
            continue
        if not isinstance(node.ctx, ast.Load):
            continue
        parent = file.parent(node)
        if isinstance(parent, ast.keyword):
            parent = file.parent(parent)
        if isinstance(parent, ast.Call) and parent.func is not node:
            if dotted(parent.func) in ("len", "bytes", "bytearray"):
                continue
            use = site.use(parent)
            if use is not None and use.model.name.startswith(TAKE_BYTEARRAY):
                continue
        if isinstance(parent, ast.Compare) or (isinstance(parent, ast.If) and parent.test is node):
            continue
        raise DeclinedError("something that the key is used for may not take a bytearray")
