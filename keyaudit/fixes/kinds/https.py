"""Replaces `http://` by `https://`, and `HTTPConnection` by `HTTPSConnection`."""

from __future__ import annotations

import ast

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site

_MIGRATE = ("the server must answer over TLS, with a certificate that the client trusts",)
_PORT = regex(r"http://[^/\s\"'?#]*:[\d{%]")
_LOCAL = regex(r"http://(?:localhost|127\.|\[::1\]|0\.0\.0\.0)")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    call = site.call()
    function = site.file.function(call)
    scopes: list[ast.AST] = [call]
    names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    for node in site.file.walk(function or site.file.tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id in names for one in node.targets
        ):
            scopes.append(node.value)
    found = [node for scope in scopes for node in _literals(site, scope)]
    if len({id(node) for node in found}) == 1:
        node = found[0]
        source = site.file.source(node)
        if _LOCAL.search(source):
            raise DeclinedError("the server is on the same machine")
        if _PORT.search(source):
            raise DeclinedError("the address has a port, at which plain HTTP is spoken")
        if source.count("http://") != 1:
            raise DeclinedError("the address is written in an unusual way")
        at = site.file.start(node) + source.index("http://") + len("http")
        site.editor().insert(at, "s")
        return site.rewrite("use TLS", migrate=_MIGRATE)
    plain = [
        node
        for scope in scopes
        for node in ast.walk(scope)
        if isinstance(node, ast.Call) and (dotted(node.func) or "").endswith("HTTPConnection")
    ]
    if len(plain) != 1 or found:
        raise DeclinedError("it is not known where the address is written")
    if len(plain[0].args) > 1 or any(one.arg == "port" for one in plain[0].keywords):
        raise DeclinedError("the address has a port, at which plain HTTP is spoken")
    name = dotted(plain[0].func) or ""
    if "." not in name:
        raise DeclinedError("the class is imported by its name alone")
    site.editor().replace(plain[0].func, name.replace("HTTPConnection", "HTTPSConnection"))
    return site.rewrite("use TLS", migrate=_MIGRATE)


def _literals(site: Site, scope: ast.AST) -> list[ast.expr]:
    """The literals that begin with `http://`; an f-string counts as one literal."""
    found: list[ast.expr] = []
    for node in ast.walk(scope):
        if site.file.is_in_text(node):
            continue
        if isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            if isinstance(first, ast.Constant) and str(first.value).startswith("http://"):
                found.append(node)
        elif isinstance(node, ast.Constant) and str(node.value).startswith("http://"):
            found.append(node)
    return found
