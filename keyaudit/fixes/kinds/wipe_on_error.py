"""Moves a wipe into a `finally`, so that an exception does not skip it.

The `try` begins directly after the statement that makes the key.
"""

from __future__ import annotations

import ast

from keyaudit.fixes.blocks import guard
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.site import Rewrite, Site


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    start, _ = site.place(site.finding.span)
    file = site.file
    name = site.finding.subject
    node = file.starting_at(start, ast.expr) or file.starting_at(start, ast.stmt)
    if node is None or not name.isidentifier():
        raise DeclinedError("it is written in a way that no fix is known for")
    wipe = file.statement(node)
    for outer in file.ancestors(wipe):
        if isinstance(outer, ast.For) and outer.body == [wipe]:
            wipe = outer
            break
    body = file.body_of(wipe)
    made = None
    for statement in body[: body.index(wipe)]:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in statement.targets
        ):
            made = statement
    if made is None:
        raise DeclinedError("the key is made in another block")
    between = body[body.index(made) + 1 : body.index(wipe)]
    if not between:
        raise DeclinedError("nothing stands between the key's making and its end")
    guard(site.editor(), between, wipe)
    return site.rewrite("wipe the key in a `finally`")
