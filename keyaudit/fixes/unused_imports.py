"""Finds the imports of a file that its fixes have made unused."""

from __future__ import annotations

import ast
import re
import sys

from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import Project
from keyaudit.fixes.python_file import PythonFile


def unneeded_imports(project: Project, path: str, original: str) -> list[Change]:
    """The changes that remove imports which the `original` text used, which the file no longer
    uses, and which no other file may get from it: those of the standard library, and of modules
    that the file imports in another statement as well."""
    if path.endswith("__init__.py"):
        return []
    file = project.python(path)
    changes: list[Change] = []
    for statement in file.tree.body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        gone = [
            alias
            for alias in statement.names
            if (_is_standard(statement, alias) or _is_imported_anyway(file, statement))
            and _is_unneeded(file, original, alias.asname or alias.name)
            and not _is_used_elsewhere(project, path, alias.asname or alias.name)
        ]
        try:
            if gone:
                changes.append(_without(file, statement, gone))
        except DeclinedError:
            continue
    return changes


def _is_standard(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    if isinstance(statement, ast.ImportFrom):
        module = "" if statement.level else statement.module or ""
    else:
        module = alias.name if "." not in alias.name else ""
    return module.split(".")[0] in sys.stdlib_module_names and module != "__future__"


def _is_imported_anyway(file: PythonFile, statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether another statement, or the rest of this one, imports from the same module, so that it
    runs in any case."""
    if not isinstance(statement, ast.ImportFrom):
        return False
    names = [one.asname or one.name for one in statement.names]
    return any(_mentions(file.text, name) > 1 for name in names) or any(
        isinstance(other, ast.ImportFrom)
        and other is not statement
        and other.level == statement.level
        and f"{other.module}.".startswith(f"{statement.module}.")
        for other in file.tree.body
    )


def _is_unneeded(file: PythonFile, original: str, name: str) -> bool:
    return _mentions(file.text, name) == 1 and _mentions(original, name) > 1


def _mentions(text: str, name: str) -> int:
    """How often a name stands in a text, but not as an attribute of something."""
    return len(re.findall(rf"(?<![\w.]){re.escape(name)}\b", text))


def _is_used_elsewhere(project: Project, path: str, name: str) -> bool:
    """Whether another file may get the name from this one, by importing or patching it."""
    stem = path.rpartition("/")[2].removesuffix(".py")
    wanted = re.compile(
        rf"\b{re.escape(stem)}\.{re.escape(name)}\b"
        rf"|\b{re.escape(stem)}\s+import\s+(?:\([^)]*|[^\n]*)(?:\b{re.escape(name)}\b|\*)".encode()
    )
    for other in project.paths:
        if other != path and other.endswith(".py"):
            data = project.read(other) or b""
            if stem.encode() in data and name.encode() in data and wanted.search(data):
                return True
    return False


def _without(
    file: PythonFile, statement: ast.Import | ast.ImportFrom, gone: list[ast.alias]
) -> Change:
    start, end = file.place(statement)
    first, last = (
        file.start_of_line(statement.lineno),
        file.start_of_line((statement.end_lineno or statement.lineno) + 1),
    )
    if file.has_comment(first, last):
        raise DeclinedError("a comment stands there")
    kept = [alias for alias in statement.names if alias not in gone]
    if not kept:
        if (
            file.text[first:start].strip()
            or file.text[end:last].strip()
            or len(file.tree.body) == 1
        ):
            raise DeclinedError("the import shares its line")
        return Change(file.path, first, last, "")
    if statement.lineno != statement.end_lineno:
        raise DeclinedError("the import is of several lines")
    names = ", ".join(file.source(alias) for alias in kept)
    head = file.text[start : file.start(statement.names[0])]
    if head.rstrip().endswith("("):
        raise DeclinedError("the import stands in parentheses")
    return Change(file.path, start, end, f"{head}{names}")
