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
        if site.file.owner(target) is None and _is_given_elsewhere(site, target.id):
            raise DeclinedError("another file hands the secret to the framework")
        return statement, name
    if isinstance(target, ast.Subscript) and (dotted(target.value) or "").endswith("config"):
        return statement, f'{site.file.source(target.value)}["{name}"]'
    if isinstance(target, ast.Attribute) and target.attr == "secret_key":
        return statement, f'{site.file.source(target.value)}.config["{name}"]'
    raise DeclinedError(_UNUSUAL)


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
