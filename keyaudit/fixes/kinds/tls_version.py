"""Requires TLS 1.2 or newer in place of an obsolete version; other settings of the context stay."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import literal

_TITLE = "ask for TLS 1.2 or newer"
_OLD = ("SSLv2", "SSLv3", "TLSv1", "TLSv1_1", "SSLv23")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, value = _version(site)
    name = dotted(value)
    if name is None:
        raise DeclinedError("the version is looked up in an unusual way")
    head, _, last = name.rpartition(".")
    editor = site.editor(path)
    if not head:
        head = _module(site, path, value)
    if head.endswith("TLSVersion"):
        target = site.node(ast.expr)
        if (dotted(target) or "").endswith("maximum_version"):
            raise DeclinedError("the newest version is limited, maybe for an old peer")
        editor.replace(value, f"{head}.TLSv1_2")
    elif last.endswith("_METHOD"):
        editor.replace(value, f"{head}.TLSv1_2_METHOD")
    elif last.startswith("PROTOCOL_"):
        _protocol(site, path, value, head)
    else:
        raise DeclinedError("the version is looked up in an unusual way")
    return site.rewrite(_TITLE)


def _version(site: Site) -> tuple[str, ast.expr]:
    """The path and node of the version: where the evidence begins, or the argument of the call
    where the evidence begins at an import."""
    step = site.finding.steps[0] if site.finding.steps else None
    if step is None or site.try_node(ast.expr, step.span, step.path) is not None:
        return literal(site)
    call = site.call()
    given = [one for one in call.args if isinstance(one, ast.Name)]
    if len(given) != 1:
        raise DeclinedError("the version is looked up in an unusual way")
    return site.finding.path, given[0]


def _module(site: Site, path: str, value: ast.expr) -> str:
    """The name by which `ssl` is known, where the version was imported by its own name."""
    editor = site.editor(path)
    name = dotted(value) or ""
    if editor.names.imported("ssl", name, value) != name:
        raise DeclinedError("the version is looked up in an unusual way")
    return editor.module("ssl", value)


def _protocol(site: Site, path: str, value: ast.expr, head: str) -> None:
    """Fix `ssl.SSLContext(ssl.PROTOCOL_TLSv1)`: negotiate the version, from TLS 1.2 on."""
    editor = site.editor(path)
    file = editor.file
    call = file.parent(value)
    statement = file.statement(value)
    if not (
        isinstance(call, ast.Call)
        and (dotted(call.func) or "").endswith("SSLContext")
        and isinstance(statement, ast.Assign)
        and statement.value is call
        and len(statement.targets) == 1
        and dotted(statement.targets[0]) is not None
    ):
        editor.replace(value, f"{head}.PROTOCOL_TLSv1_2")
        return
    target = dotted(statement.targets[0])
    editor.replace(value, f"{head}.PROTOCOL_TLS")
    editor.after(statement, [f"{target}.minimum_version = {head}.TLSVersion.TLSv1_2"])
