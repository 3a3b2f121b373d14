"""Reads a hard-coded key or secret from the environment, with the same type (bytes or str).

The variable is named after the constant, and `.env.example` gets a line for it without a value.
"""

from __future__ import annotations

import ast
import re

from keyaudit.core.context import is_test_path
from keyaudit.core.patterns import regex
from keyaudit.fixes.environment import example_line, read, variable_name
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.overrides import require_last
from keyaudit.fixes.python_file import PythonFile, dotted, stem
from keyaudit.fixes.settings_fields import field_of, require
from keyaudit.fixes.site import Rewrite, Site

_TRIED_FIRST = "KnownDefault:"  # as the detector of such values is called
_PUBLISHED = regex(r"https?://|(?i:\bRFC ?\d|\bMSDN\b|\btest vector)")
_DEVELOPMENT = regex(r"(?i)(?:^|[/_.-])(?:ci|dev|development|local|sandbox)(?:[/_.-]|$)")


def rewrite(site: Site) -> Rewrite:
    """Make the fix that the module docstring describes. Raises DeclinedError where it does not
    apply."""
    if not site.finding.path.endswith(".py"):
        raise DeclinedError("it is no Python source")
    if site.finding.subject.startswith(_TRIED_FIRST):
        raise DeclinedError("what the program is set up with, is set elsewhere, too")
    path, node = _literal(site)
    editor = site.editor(path)
    if _DEVELOPMENT.search(path):
        raise DeclinedError("it is for development")
    for outer in editor.file.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            break
        if isinstance(outer, ast.Try):
            raise DeclinedError("a missing variable would go unnoticed there")
    if (
        _stands_in(editor.file, node)
        or _is_in_a_branch(editor.file, node)
        or _is_asked_for_before(editor.file, node)
    ):
        raise DeclinedError("the value stands in for one that may be missing")
    if _is_compared(editor.file, node):
        raise DeclinedError("the value is compared with others")
    if _says_where_from(editor.file, node):
        raise DeclinedError("a comment says where the value is published")
    if _is_tried(site, editor.file, node):
        raise DeclinedError("it is an example of how the module is called")
    require_last(site.project, editor.file, node)
    field = field_of(editor.file, node)
    if field is not None:
        return require(site, path, field, node)
    name = variable_name(site, editor.file, node)
    if _is_of_another(site, editor.file, node, name):
        name = f"{re.sub(r'[^A-Za-z0-9]+', '_', stem(path)).strip('_').upper()}_{name}"
    text = read(site, path, node, name)
    editor.replace(node, text)
    form = "as hexadecimal, " if text.startswith("bytes.fromhex") else ""
    return site.rewrite(
        f"read it from the environment variable {name}",
        migrate=(
            f"set {name}, {form}wherever the program runs, before it is updated there; take a new "
            "key or secret, since this one is known to everybody with the source",
            "what the old one protects must be read with it once more, and protected with the new",
        ),
        more=example_line(site, name),
    )


def _is_of_another(site: Site, file: PythonFile, node: ast.Constant, name: str) -> bool:
    """Whether a constant of another file with this name has another value: two secrets, which one
    variable must not make one."""
    return any(
        isinstance(one, ast.Assign)
        and isinstance(one.value, ast.Constant)
        and isinstance(one.value.value, str | bytes)
        and one.value.value != node.value
        and any(dotted(target) == name for target in one.targets)
        for other in site.project.readable_with(name)
        if other.path != file.path and not is_test_path(other.path)
        for one in other.tree.body
    )


def _literal(site: Site) -> tuple[str, ast.Constant]:
    """The path and the literal that holds the secret."""
    if site.finding.steps:
        step = site.finding.steps[0]
        node = site.node(ast.expr, step.span, step.path)
        path = step.path
    else:
        path, node = site.finding.path, _around(site)
    inside = [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes)
    ]
    if isinstance(node, ast.Call):
        inside = [one for one in inside if one in node.args or one is _receiver(node)]
    file = site.editor(path).file
    if len(inside) != 1 or isinstance(node, ast.JoinedStr) or file.is_in_text(inside[0]):
        raise DeclinedError("the value is put together from parts")
    if isinstance(node, ast.BinOp):
        raise DeclinedError("the value is put together from parts")
    return path, inside[0]


def _around(site: Site) -> ast.expr:
    """The single string literal at the finding's place, where no evidence leads to a node."""
    start, end = site.place(site.finding.span)
    found = []
    for node in site.file.walk():
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        first, last = site.file.place(node)
        if first <= start < last and not site.file.is_in_text(node):
            text = site.file.text[start : min(end, last)].strip("\"'")
            if text == node.value or end >= last:
                found.append(node)
    if len(found) != 1 or site.file.text.count("\n", *site.file.place(found[0])):
        raise DeclinedError("the secret is a part of a longer text")
    return found[0]


def _receiver(call: ast.Call) -> ast.expr | None:
    """`"…"` of `"…".encode()`."""
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _stands_in(file: PythonFile, node: ast.expr) -> bool:
    """Whether a literal is the default of a lookup, such as `get(name, default)`."""
    call = file.parent(node)
    if isinstance(call, ast.keyword) and call.arg in ("default", "fallback"):
        return True
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("get", "pop", "setdefault", "getenv")
        and node in call.args[1:]
    )


def _is_in_a_branch(file: PythonFile, node: ast.expr) -> bool:
    """Whether a local variable gets the literal under a condition, and another value else."""
    statement, function = file.statement(node), file.function(node)
    if function is None or not isinstance(statement, ast.Assign) or statement.value is not node:
        return False
    if not any(isinstance(outer, ast.If) for outer in file.ancestors(statement)):
        return False
    names = {one.id for one in statement.targets if isinstance(one, ast.Name)}
    return any(
        isinstance(one, ast.Name)
        and one.id in names
        and isinstance(one.ctx, ast.Store)
        and one not in statement.targets
        for one in ast.walk(function)
    )


def _is_asked_for_before(file: PythonFile, node: ast.expr) -> bool:
    """Whether the function that has the literal asks the environment first, and returns what it
    finds there."""
    function = file.function(node)
    asks = re.compile(r"\bgetenv\b|\benviron\b")
    return function is not None and any(
        isinstance(one, ast.If)
        and one.lineno < node.lineno
        and any(isinstance(inner, ast.Return) for inner in ast.walk(one))
        and node not in ast.walk(one)
        and asks.search(file.text[file.start(function) : file.end(one)])
        for one in ast.walk(function)
    )


def _says_where_from(file: PythonFile, node: ast.expr) -> bool:
    """Whether the comment above a value, or beside it, has an address or names a standard: others
    have the same value, and it stays as it is."""
    number = file.statement(node).lineno
    said = [file.line_text(number)]
    while number > 1 and file.line_text(number - 1).strip()[:1] in ("#", ""):
        number -= 1
        if not file.line_text(number).strip() and len(said) > 1:
            break
        said.append(file.line_text(number))
    comments = [line.partition("#")[2] for line in said]
    return any(_PUBLISHED.search(one) for one in comments)


def _is_tried(site: Site, file: PythonFile, node: ast.expr) -> bool:
    """Whether a literal is passed under `if __name__ == "__main__"` of a module that others
    import."""
    for outer in file.ancestors(node):
        if not isinstance(outer, ast.If) or not isinstance(outer.test, ast.Compare):
            continue
        names = {dotted(one) for one in (outer.test.left, *outer.test.comparators)}
        if "__name__" not in names:
            continue
        own = file.path.rpartition("/")[2].removesuffix(".py")
        imports = re.compile(rf"(?m)^\s*(?:from|import)\b[^\n]*\b{re.escape(own)}\b")
        return any(
            other.path != file.path and imports.search(other.text)
            for other in site.project.readable_with(own)
        )
    return False


def _is_compared(file: PythonFile, node: ast.expr) -> bool:
    return isinstance(file.parent(node), ast.Compare)
