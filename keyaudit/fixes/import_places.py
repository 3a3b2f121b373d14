"""Where in a Python file a new import goes."""

from __future__ import annotations

import ast
import sys

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile


def import_place(file: PythonFile, line: str, module: str) -> tuple[int, bool]:
    """The offset at which to insert an import, and whether a blank line follows it. It goes into
    the first block of imports, below the docstring and `__future__` imports, sorted if possible."""
    body = file.tree.body
    index = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        index = 1
    while index < len(body) and _is_future(body[index]):
        index += 1
    first = index
    while first < len(body) and _is_above_imports(body[first]):
        first += 1
    if first < len(body) and isinstance(body[first], ast.Import | ast.ImportFrom):
        index = first
    block = []
    for statement in body[index:]:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        block.append(statement)
    if not block:
        if index < len(body):
            return _above_comments(file, _start_of(file, body[index])), True
        return (line_after(file, body[index - 1]) if index else len(file.text)), False
    return _among(file, block, line, module), False


def line_after(file: PythonFile, statement: ast.stmt) -> int:
    """The offset of the line after a statement. Raises DeclinedError where anything but a comment
    follows it on its line."""
    assert statement.end_lineno is not None
    line_end = file.start_of_line(statement.end_lineno + 1)
    tail = file.text[file.end(statement) : line_end].strip()
    if tail and not tail.startswith("#"):
        raise DeclinedError("there is no line of its own for an import")
    return line_end


def _above_comments(file: PythonFile, start: int) -> int:
    """The offset of the comments directly above a line, except those at the top of the file, which
    may state its encoding or license."""
    line = file.line_of(start)
    first = line
    while first > 1 and file.line_text(first - 1).startswith("#"):
        first -= 1
    return start if first == 1 else file.start_of_line(first)


def _among(
    file: PythonFile, block: list[ast.Import | ast.ImportFrom], line: str, module: str
) -> int:
    """The offset in a block of imports: before the first one that sorts after the new one, else at
    the end."""
    wanted = _rank(line.startswith("import"), module)
    place, section = None, -1
    for statement in block:
        name = statement.names[0].name if isinstance(statement, ast.Import) else statement.module
        level = 0 if isinstance(statement, ast.Import) else statement.level
        if _is_shared(file, statement):
            continue
        rank = _rank(isinstance(statement, ast.Import), name or "", level)
        if rank > wanted:
            if place is None or (section != wanted[0] and rank[0] == wanted[0]):
                return _above_comments(file, _start_of(file, statement))
            return place
        place, section = line_after(file, statement), rank[0]
    return _above_comments(file, _start_of(file, block[0])) if place is None else place


def _rank(plain: bool, module: str, level: int = 0) -> tuple[int, int, str]:
    """The sort key of an import as in isort and ruff: standard library first, `import` before
    `from`, then by name."""
    top = module.split(".")[0]
    section = 2 if level else 0 if top in sys.stdlib_module_names else 1
    return section, 0 if plain else 1, module.lower()


def _is_shared(file: PythonFile, statement: ast.stmt) -> bool:
    """Whether a statement shares its line with another."""
    head = file.text[file.start_of_line(statement.lineno) : file.start(statement)]
    return bool(head.strip())


def _start_of(file: PythonFile, statement: ast.stmt) -> int:
    """The offset of a statement's first line, decorators included. Raises DeclinedError where it
    shares it."""
    decorators = getattr(statement, "decorator_list", ())
    line = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    if _is_shared(file, statement):
        raise DeclinedError("there is no line of its own for an import")
    return file.start_of_line(line)


def _is_above_imports(statement: ast.stmt) -> bool:
    """Whether a statement is one that some files have above their imports: `__all__ = …`, or
    imports under `try`."""
    if isinstance(statement, ast.Assign):
        names = [one.id for one in statement.targets if isinstance(one, ast.Name)]
        return len(names) == len(statement.targets) and all(
            name.startswith("__") and name.endswith("__") for name in names
        )
    return isinstance(statement, ast.Try) and all(
        isinstance(one, ast.Import | ast.ImportFrom) for one in statement.body
    )


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
