"""Deletes secrets with a recovery window (30 days), in which the deletion can be undone."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_FORCE = "ForceDeleteWithoutRecovery"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    path, value = site.first_step(ast.Constant)
    editor = site.editor(path)
    file = editor.file
    if value.value is not True:
        raise DeclinedError("the value is looked up in an unusual way")
    if any(
        isinstance(node, ast.Attribute) and node.attr in ("create_secret", "restore_secret")
        for each in {path, site.finding.path}
        for node in site.editor(each).file.walk()
    ):
        raise DeclinedError("a secret of the same name may be made again at once")
    keyword = file.parent(value)
    call = file.parent(keyword) if keyword is not None else None
    if isinstance(keyword, ast.keyword) and keyword.arg == _FORCE and isinstance(call, ast.Call):
        if any(other.arg == "RecoveryWindowInDays" for other in call.keywords):
            raise DeclinedError("a window is given as well")
        editor.replace(keyword, "RecoveryWindowInDays=30")
    else:
        editor.replace(value, "False")
    return site.rewrite("leave 30 days in which the deletion can be undone")
