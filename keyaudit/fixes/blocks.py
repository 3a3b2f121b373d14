"""Puts statements into `try` … `finally`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from keyaudit.fixes.editor import Editor
from keyaudit.fixes.errors import DeclinedError


def guard(editor: Editor, statements: Sequence[ast.stmt], last: ast.stmt) -> None:
    """`try:` around statements, `finally:` around the one that follows them."""
    _require_plain(editor, [*statements, last])
    editor.before(statements[0], ["try:"])
    editor.indent_more(statements[0], statements[-1])
    editor.before(last, ["finally:"])
    editor.indent_more(last, last)


def guard_with(editor: Editor, statements: Sequence[ast.stmt], lines: Sequence[str]) -> None:
    """`try:` around statements, and a new `finally:` with `lines` after them."""
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
    """DeclinedError where lines cannot be indented: one is continued, or shared."""
    for statement in statements:
        editor.indent_of(statement)
        editor.end_of_line(statement)
    for statement in statements:
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Yield | ast.YieldFrom):
                raise DeclinedError("the function gives values on its way")
