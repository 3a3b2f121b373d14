"""Restricts the mode of a key file to its owner: the owner's read and write permissions stay."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site
from keyaudit.fixes.values import literal, number, set_value

_OWNER = 0o700
_EXECUTE = 0o100


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    old = number(site)
    if old is None:
        raise DeclinedError("the mode is not known")
    _, node = literal(site)
    if not isinstance(node, ast.Constant):
        raise DeclinedError("the mode is put together from parts")
    # A key is not run, so nobody need be able to.
    mode = old & _OWNER & ~_EXECUTE or 0o600
    set_value(site, f"0o{mode:o}")
    return site.rewrite(f"let nobody but the owner at the file (0o{mode:o})")
