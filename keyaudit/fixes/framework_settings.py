"""Where a web framework reads a setting beside the secret of its sessions."""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Site

_UNUSUAL = "the secret is set in an unusual way"


def beside_secret(site: Site, name: str) -> tuple[ast.Assign, str]:
    """The assignment of the secret that the finding is about, and what a setting `name` beside it
    is assigned to.

    Raises DeclinedError where nothing would read the setting there.
    """
    target = site.node(ast.expr)
    statement = site.file.parent(target)
    if not isinstance(statement, ast.Assign) or statement.targets != [target]:
        raise DeclinedError(_UNUSUAL)
    if isinstance(target, ast.Name):
        if site.file.function(target) is not None:
            raise DeclinedError(_UNUSUAL)
        owner = site.file.owner(target)
        if owner is None and _is_given_elsewhere(site, target.id):
            raise DeclinedError("another file hands the secret to the framework")
        return _of_base(site, owner, target.id) or statement, name
    if isinstance(target, ast.Subscript) and (dotted(target.value) or "").endswith("config"):
        return statement, f'{site.file.source(target.value)}["{name}"]'
    if isinstance(target, ast.Attribute) and target.attr == "secret_key":
        return statement, f'{site.file.source(target.value)}.config["{name}"]'
    raise DeclinedError(_UNUSUAL)


def _of_base(site: Site, owner: ast.ClassDef | None, secret: str) -> ast.Assign | None:
    """The assignment of the secret in a class of the file from which this one is made: a setting
    beside it holds for this one as well."""
    classes = {one.name: one for one in site.file.walk() if isinstance(one, ast.ClassDef)}
    bases = [] if owner is None else [*owner.bases]
    while bases:
        base = bases.pop(0)
        found = classes.pop(base.id, None) if isinstance(base, ast.Name) else None
        if found is None:
            continue
        for one in found.body:
            to = one.targets[0] if isinstance(one, ast.Assign) else None
            if isinstance(one, ast.Assign) and isinstance(to, ast.Name) and to.id == secret:
                return _of_base(site, found, secret) or one
        bases += found.bases
    return None


def _is_given_elsewhere(site: Site, name: str) -> bool:
    """Whether a file sets the secret of an application to a constant of this one: nothing reads
    another constant beside it."""
    given = re.compile(
        rf"(?:\.secret_key|config\[[\"']SECRET_KEY[\"']\])\s*=\s*(?:\w+\.)*{re.escape(name)}\b"
    )
    return any(
        file.path != site.finding.path and given.search(file.text)
        for file in site.project.readable_with(name)
    )
