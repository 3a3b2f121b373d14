"""Finds or makes the logger of a file."""

from __future__ import annotations

import ast

from keyaudit.fixes.python_file import dotted
from keyaudit.fixes.site import Site


def logger(site: Site, at: ast.AST) -> str:
    """An expression for a logger in the finding's file, for use at the node `at`: the file's own
    logger, else `logging.getLogger(__name__)`."""
    file = site.file
    for statement in file.tree.body:
        if (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ast.Name)
            and isinstance(statement.value, ast.Call)
            and (dotted(statement.value.func) or "").endswith("getLogger")
            and len(site.editor().names.binders(statement.targets[0].id)) == 1
            and file.end(statement) < file.start(at)
        ):
            return statement.targets[0].id
    return f"{site.editor().module('logging', at)}.getLogger(__name__)"
