"""Replaces predictable values by random ones, where the value was different at each run anyway.

That holds for a time with fractions of a second and for `uuid1`. A date, a host name or a process
id may have to be reproduced, so such findings are left.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.randomness import digest_of
from keyaudit.fixes.site import Rewrite, Site

_PASSING = frozenset({"time.time", "time.time_ns", "time.monotonic", "time.perf_counter"})
_TITLE = "take random bytes from the operating system"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if not site.finding.steps:
        raise DeclinedError("nothing is known of where the value comes from")
    first = site.finding.steps[0]
    node = site.node(ast.Call, first.span, first.path)
    use = site.use_in(first.path, node)
    name = use.model.name if use is not None else ""
    editor = site.editor(first.path)
    if name == "uuid.uuid1":
        if node.args or node.keywords:
            raise DeclinedError("the identifier is made of a given node")
        module, _, _ = (dotted(node.func) or "").rpartition(".")
        if not module:
            raise DeclinedError("the function is imported by its name alone")
        editor.replace(node.func, f"{module}.uuid4")
        return site.rewrite("make a random UUID")
    if name not in _PASSING:
        raise DeclinedError("the value may have to be found again")
    found = (
        digest_of(site, first.path)
        or _packed(site, first.path, node)
        or _as_text(site, first.path, node)
    )
    if found is None:
        raise DeclinedError("it is not known what form the value must have")
    editor.replace(*found)
    return site.rewrite(_TITLE)


def _as_text(site: Site, path: str, inner: ast.Call) -> tuple[ast.Call, str] | None:
    """The `str(…).encode()` around a node: bytes of any length; and the expression that draws 32 of
    them."""
    file = site.editor(path).file
    text = file.parent(inner)
    if not (isinstance(text, ast.Call) and dotted(text.func) == "str" and text.args == [inner]):
        return None
    method = file.parent(text)
    encoded = file.parent(method) if isinstance(method, ast.Attribute) else None
    if not isinstance(encoded, ast.Call) or getattr(method, "attr", "") != "encode":
        return None
    return encoded, f"{site.editor(path).module('secrets', encoded)}.token_bytes(32)"


def _packed(site: Site, path: str, inner: ast.AST) -> tuple[ast.Call, str] | None:
    """The `….to_bytes(n, …)` call around a node, and the expression that draws `n` random bytes."""
    file = site.editor(path).file
    for outer in file.ancestors(inner):
        if isinstance(outer, ast.stmt):
            return None
        if (
            isinstance(outer, ast.Call)
            and isinstance(outer.func, ast.Attribute)
            and outer.func.attr == "to_bytes"
            and outer.args
            and isinstance(outer.args[0], ast.Constant)
            and isinstance(outer.args[0].value, int)
        ):
            size = outer.args[0].value
            return outer, f"{site.editor(path).module('secrets', outer)}.token_bytes({size})"
    return None
