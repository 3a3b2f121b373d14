"""Archives the wrapped copy of a data key (`CiphertextBlob`) in the place of the key itself."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site

_PLAIN, _WRAPPED = "Plaintext", "CiphertextBlob"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    node = site.node(ast.expr)
    found = [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Subscript)
        and isinstance(one.slice, ast.Constant)
        and one.slice.value == _PLAIN
    ]
    if isinstance(node, ast.Call):
        archived = site.argument(node, "archived")
        found = [one for one in found if one is archived]
    if len(found) != 1 or not _is_generated(site):
        raise DeclinedError("there is no wrapped copy of the key here")
    inner = found[0].slice
    quote = "'" if site.file.source(inner).startswith("'") else '"'
    site.editor().replace(inner, f"{quote}{_WRAPPED}{quote}")
    return site.rewrite(
        "archive the wrapped copy of the key",
        migrate=(
            "who reads it back unwraps it with `kms.decrypt(CiphertextBlob=…)`, for which they "
            "need the permission `kms:Decrypt`",
            "replace the keys in archives that exist, and destroy those archives",
        ),
    )


def _is_generated(site: Site) -> bool:
    """Whether a call made the key together with its wrapped copy."""
    if not site.finding.steps:
        return False
    step = site.finding.steps[0]
    if not step.path.endswith(".py"):
        return False
    start, _ = site.place(step.span, step.path)
    outer = site.editor(step.path).file.starting_at(start, ast.expr)
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr == "generate_data_key"
        for one in (ast.walk(outer) if outer is not None else ())
    )
