"""Rewrites that call `keyaudit.remediation` in place of code of their own."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.manifests import additions, is_declared
from keyaudit.fixes.site import Site

MODULE = "keyaudit.remediation"
PACKAGE, _VERSIONS, _MINOR = "keyaudit", ">=0.1", 11
INLINE, REMEDIATION = "inline", "remediation"


def is_wanted(site: Site, path: str | None = None) -> bool:
    """Whether rewrites in a file (the finding's by default) call the library: where that is asked
    for, and, where nothing is, where the project depends on the library already."""
    style = site.project.style
    return style == REMEDIATION or (style is None and _is_there(site, path or site.finding.path))


def member(site: Site, name: str, at: ast.AST, path: str | None = None) -> str:
    """The name by which a function of the library is known at a node, imported where it is not.

    A project that does not depend on the library yet gets the dependency in the same fix, where new
    dependencies are allowed. Raises DeclinedError where they are not, or code of its own is asked
    for.
    """
    where = path or site.finding.path
    if site.project.style == INLINE:
        raise DeclinedError(f"only {MODULE} has what it takes, and code of its own is asked for")
    if not _is_there(site, where):
        if not site.project.allow_dependency:
            raise DeclinedError(f"it needs the package {PACKAGE}: `--allow-dependency` adds it")
        changes, notes = additions(site.project, where, PACKAGE, _VERSIONS, _MINOR)
        site.more += changes
        site.notes += notes
    return site.editor(path).member(MODULE, name, at)


def _is_there(site: Site, path: str) -> bool:
    if is_declared(site.project, path, PACKAGE):
        return True
    return path.endswith(".py") and MODULE in site.editor(path).file.text
