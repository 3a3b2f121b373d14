"""Keeps a key in a cache for five minutes, and no longer: by `cachetools.TTLCache` in place of
`lru_cache`, where the project depends on it, and by the timeout of Django's cache."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.manifests import is_declared
from keyaudit.fixes.python_file import Function, real_name
from keyaudit.fixes.site import Rewrite, Site

_SECONDS = "300"
_TITLE = "keep the key for five minutes at most"
_PACKAGE = "cachetools"
_DECORATORS = ("functools.lru_cache", "functools.cache")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    node = site.node(ast.expr)
    for outer in (node, *site.file.ancestors(node)):
        if isinstance(outer, ast.Call) and site.is_called(outer, ".set", ".add", ".get_or_set"):
            return _timeout(site, outer)
        if isinstance(outer, ast.FunctionDef):
            return _decorator(site, outer)
    raise DeclinedError("only its owner knows how long what is kept there is good")


def _timeout(site: Site, call: ast.Call) -> Rewrite:
    given = [one.value for one in call.keywords if one.arg == "timeout"] or call.args[2:3]
    if len(given) != 1 or not isinstance(given[0], ast.Constant) or given[0].value is not None:
        raise DeclinedError("it is not known how long it is kept")
    site.editor().replace(given[0], _SECONDS)
    return site.rewrite(_TITLE)


def _decorator(site: Site, function: Function) -> Rewrite:
    found = [
        one
        for one in function.decorator_list
        if real_name(site.file, one.func if isinstance(one, ast.Call) else one) in _DECORATORS
    ]
    if len(found) != 1:
        raise DeclinedError("only its owner knows how long what is kept there is good")
    if not is_declared(site.project, site.finding.path, _PACKAGE):
        raise DeclinedError(
            f"it needs the package {_PACKAGE}, on which the project does not depend"
        )
    for file in site.project.readable_with(f"{function.name}.cache_"):
        raise DeclinedError(f"{file.path} asks the cache itself")
    size = _size(found[0])
    editor = site.editor()
    tools, threading = editor.module(_PACKAGE, function), editor.module("threading", function)
    kept = f"{tools}.TTLCache(maxsize={size}, ttl={_SECONDS})"
    text = f"{tools}.cached({kept}, lock={threading}.Lock())"
    editor.replace(found[0], text)
    return site.rewrite(_TITLE)


def _size(decorator: ast.expr) -> str:
    """How many results are kept: as many as before, and 128 where there is no limit."""
    values: list[ast.expr] = []
    if isinstance(decorator, ast.Call):
        values = [one.value for one in decorator.keywords if one.arg == "maxsize"]
        values += decorator.args[:1]
    for value in values:
        if isinstance(value, ast.Constant) and type(value.value) is int:
            return str(value.value)
    return "128"
