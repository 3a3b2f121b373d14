"""Finds places where the length of a value is written down, so that the value cannot just be made
longer."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from keyaudit.core.patterns import regex
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, stem
from keyaudit.fixes.site import Site

_FORMAT = regex(r"[@=<>!]?(?:\s*\d*[xcbBhHiIlLqQnNefdspP?])+")


def require_not_written(
    site: Site, path: str, lengths: set[int], is_other: Callable[[str, ast.AST], bool]
) -> None:
    """Raise DeclinedError where one of `lengths` (bytes) occurs in the file at `path`, as a number
    or in a `struct` format, or is used to split or compare data in a file that imports it or that
    it imports.

    `is_other(path, node)` says of a number that it is no length.
    """
    file = site.editor(path).file
    for node in file.walk():
        if _is_length(node, lengths) and not is_other(path, node):
            raise DeclinedError("the old length is written elsewhere in the file")
        if _is_format(node, lengths):
            raise DeclinedError("the old length is written in a format of the file")
    for other in _related(site, file):
        for node in other.walk():
            if (_is_length(node, lengths) and _is_measure(other, node)) or _is_format(
                node, lengths
            ):
                raise DeclinedError(f"the old length is written in {other.path}")


def _is_length(node: ast.AST, lengths: set[int]) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value in lengths


def _is_format(node: ast.AST, lengths: set[int]) -> bool:
    """Whether a literal is a `struct` format, such as `"8s32s"`, with one of the lengths."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    text = node.value
    if not _FORMAT.fullmatch(text):
        return False
    return any(int(number) in lengths for number in re.findall(r"(\d+)[sp]", text))


def _is_measure(file: PythonFile, node: ast.AST) -> bool:
    """Whether a number is a position or a size: in a slice, a comparison, an assignment or a `read`
    call."""
    for outer in file.ancestors(node):
        if isinstance(outer, ast.Slice | ast.Compare):
            return True
        if isinstance(outer, ast.Call):
            name = outer.func.attr if isinstance(outer.func, ast.Attribute) else ""
            return name in ("read", "read_exact", "readexactly", "recv", "pread")
        if isinstance(outer, ast.Assign | ast.AnnAssign):
            return outer.value is node
        if isinstance(outer, ast.stmt):
            return False
    return False


def _related(site: Site, file: PythonFile) -> Iterator[PythonFile]:
    """The scanned files that a file imports, and those that import it."""
    words = {word for node in file.walk() for word in _imported(node)}
    for path in site.project.paths:
        if path.endswith(".py") and path != file.path and stem(path) in words:
            yield site.project.python(path)
    own = stem(file.path)
    for other in site.project.python_with(own):
        if other.path != file.path and own in {
            word for node in other.walk() for word in _imported(node)
        }:
            yield other


def _imported(node: ast.AST) -> Iterator[str]:
    """The last components of the names that an import statement mentions."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name.rpartition(".")[2]
    elif isinstance(node, ast.ImportFrom):
        yield (node.module or "").rpartition(".")[2]
        for alias in node.names:
            yield alias.name
