"""Makes a class that wipes its key return a `memoryview` of it, so that the wipe reaches what
callers hold.

Declined unless every caller in the scanned files passes the value to a call that accepts a view.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.keys_in_use import TAKE_BYTEARRAY
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    node = site.node(ast.expr)
    held = _held(node)
    function = site.file.function(node)
    if held is None or function is None or not isinstance(site.file.parent(node), ast.Return):
        raise DeclinedError("the key is handed out in another form")
    if dotted(held) != site.finding.subject:
        raise DeclinedError("it is written in a way that no fix is known for")
    is_property = any(dotted(one) == "property" for one in function.decorator_list)
    callers = 0
    for file in site.project.python_with(function.name):
        for one in file.walk():
            if isinstance(one, ast.Attribute) and one.attr == function.name:
                callers += 1
                _require_taker(site, file, one, is_property=is_property)
    if not callers:
        raise DeclinedError("it is not known who asks for the key")
    view = site.editor().names.builtin("memoryview")
    site.editor().replace(node, f"{view}({site.file.source(held)})")
    return site.rewrite("hand out a view, which is wiped with the key")


def _held(node: ast.expr) -> ast.expr | None:
    """`self._key` of `bytes(self._key)` and the like."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and dotted(node.func) == "bytes":
        return node.args[0]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr == "copy" else None
    return None


def _require_taker(site: Site, file: PythonFile, node: ast.Attribute, *, is_property: bool) -> None:
    """Raise DeclinedError unless a caller passes the key to a call that accepts a view."""
    value: ast.AST | None = node if is_property else file.parent(node)
    if not isinstance(value, ast.Call) and not is_property:
        raise DeclinedError("the method is handed on")
    parent = file.parent(value) if value is not None else None
    if isinstance(parent, ast.keyword):
        parent = file.parent(parent)
    if isinstance(parent, ast.Call) and parent.func is not value:
        use = site.use_in(file.path, parent)
        if use is not None and use.model.name.startswith(TAKE_BYTEARRAY):
            return
        if dotted(parent.func) in ("len", "bytes", "bytearray", "memoryview"):
            return
    if isinstance(parent, ast.Compare):
        return
    raise DeclinedError("who asks for the key may not take a view of it")
