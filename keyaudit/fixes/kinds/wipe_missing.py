"""Wipes a key in a bytearray in a `finally` when the function has finished with it.

Declined where an object made from the key outlives the function: a cipher that is returned or
stored may read the bytes again.
"""

from __future__ import annotations

import ast

from keyaudit.fixes import library
from keyaudit.fixes.blocks import guard_with
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.keys_in_use import require_done_at_end
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    start, _ = site.place(site.finding.span)
    file = site.file
    target = file.starting_at(start, ast.Name)
    statement = file.parent(target) if target is not None else None
    if target is None or not isinstance(statement, ast.Assign) or statement.targets != [target]:
        raise DeclinedError("it is written in a way that no fix is known for")
    function = file.function(statement)
    if function is None:
        raise DeclinedError("the key is needed for as long as the program runs")
    body = file.body_of(statement)
    if body is not function.body:
        raise DeclinedError("the key is made in an inner block")
    rest = body[body.index(statement) + 1 :]
    if not rest:
        raise DeclinedError("nothing is done with the key")
    require_done_at_end(site, function, target.id)
    wipe = f"{target.id}[:] = bytes(len({target.id}))"
    if library.is_wanted(site):
        wipe = f"{library.member(site, 'wipe', statement)}({target.id})"
    guard_with(site.editor(), rest, [wipe])
    return site.rewrite("wipe the key in a `finally`")
