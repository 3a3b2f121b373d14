"""Wraps statements in `try` … `finally`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError


def guard(editor: Editor, statements: Sequence[ast.stmt], last: ast.stmt) -> None:
    """Wrap `statements` in `try:` and move `last`, the statement that follows them, into
    `finally:`.

    Raises DeclinedError where a line cannot be indented, or the function is a generator.
    """
    _require_plain(editor, [*statements, last])
    editor.before(statements[0], ["try:"])
    editor.indent_more(statements[0], statements[-1])
    editor.before(last, ["finally:"])
    editor.indent_more(last, last)


def guard_with(editor: Editor, statements: Sequence[ast.stmt], lines: Sequence[str]) -> None:
    """Wrap `statements` in `try:` and add a `finally:` that holds the source lines `lines`.

    Raises DeclinedError where a line cannot be indented, or the function is a generator.
    """
    _require_plain(editor, statements)
    editor.before(statements[0], ["try:"])
    editor.indent_more(statements[0], statements[-1])
    unit = editor.unit()
    editor.after(
        statements[-1],
        ["finally:", *(f"{unit}{line}" for line in lines)],
        indent=editor.indent_of(statements[0]),
    )


def _require_plain(editor: Editor, statements: Sequence[ast.stmt]) -> None:
    """Raise DeclinedError where a statement shares its line with another, or contains `yield`."""
    for statement in statements:
        editor.indent_of(statement)
        editor.end_of_line(statement)
    for statement in statements:
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Yield | ast.YieldFrom):
                raise DeclinedError("the function gives values on its way")
