"""Replaces draws from `random` or NumPy by draws from `secrets` of the same kind and size.

Only the calls in the evidence are changed. Declined where the generator is seeded so that its
values can be reproduced.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.randomness import (
    digest_of,
    drop_seeds,
    instead,
    require_not_found_again,
)
from keyaudit.fixes.site import Rewrite, Site

_TITLE = "draw from the operating system's generator"


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if not site.finding.steps:
        raise DeclinedError("nothing is known of where the value comes from")
    path = site.finding.steps[0].path
    _require_draw(site, path)
    require_not_found_again(site, path)
    digest = digest_of(site, path)
    if digest is not None:
        node, text = digest
    else:
        draw = site.node(ast.Call, site.finding.steps[0].span, path)
        as_text = _as_text(site, path, draw)
        node, text = as_text if as_text is not None else instead(site, path, draw)
    site.editor(path).replace(node, text)
    drop_seeds(site, path, node)
    return site.rewrite(_TITLE)


def _require_draw(site: Site, path: str) -> None:
    """Raise DeclinedError unless the evidence begins with a draw from `random` or NumPy."""
    start, end = site.place(site.finding.steps[0].span, path)
    names = [
        use.model.name
        for (begin, last), uses in site.project.uses(path).items()
        for use in uses
        if start <= begin and last <= end
    ]
    inside = site.editor(path).file.text[start:end]
    is_text = inside.startswith(("f'", 'f"')) and "random." in inside
    if not is_text and not any(name.startswith(("random.", "numpy.random.")) for name in names):
        raise DeclinedError("the value may have to be found again")


def _as_text(site: Site, path: str, draw: ast.Call) -> tuple[ast.AST, str] | None:
    """Replace `str(random.random())` by `token_hex`; None for another form."""
    file = site.editor(path).file
    outer = file.parent(draw)
    if (
        isinstance(outer, ast.Call)
        and isinstance(outer.func, ast.Name)
        and outer.func.id == "str"
        and outer.args == [draw]
        and isinstance(draw.func, ast.Attribute | ast.Name)
        and file.source(draw.func).endswith("random")
    ):
        return outer, f"{site.editor(path).module('secrets', draw)}.token_hex(32)"
    return None
