"""Writes calls on several lines, as Black and Ruff do, where one line would be too long."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from keyaudit.fixes.editor import Editor

WIDTH = 88  # columns: the line length of Black and Ruff


def wrapped(editor: Editor, node: ast.expr, name: str, arguments: Sequence[str]) -> str | None:
    """The call of `name` that takes the place of `node`, on several lines; None where it fits on
    one, or is no longer than the line was, or `node` is on several lines itself."""
    file = editor.file
    start, end = file.place(node)
    together = f"{name}({', '.join(arguments)})"
    if "\n" in file.text[start:end] or "\n" in together:
        return None
    number = file.line_of(start)
    line = file.line_text(number).rstrip()
    if len(line) - (end - start) + len(together) <= max(WIDTH, len(line)):
        return None
    indent = editor.indentation(number)
    deeper = f"{indent}{editor.unit()}"
    inside = ", ".join(arguments)
    if len(deeper) + len(inside) > WIDTH:
        inside = f",\n{deeper}".join(arguments) + ","
    return f"{name}(\n{deeper}{inside}\n{indent})"


def call_text(editor: Editor, node: ast.expr, name: str, arguments: Sequence[str]) -> str:
    """The call of `name` that takes the place of `node`, on several lines where one would be too
    long."""
    return wrapped(editor, node, name, arguments) or f"{name}({', '.join(arguments)})"
