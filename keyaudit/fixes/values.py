"""Replaces a literal at the origin of the evidence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Site

_LITERALS = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call, ast.JoinedStr, ast.Attribute, ast.Name)


def set_value(site: Site, text: str) -> None:
    """Replace the literal at which the evidence begins by `text`.

    Raises DeclinedError where it is a constant that is also used for other things.
    """
    path, node = literal(site)
    target = _assigned_name(site.editor(path).file, node)
    if target is not None and not _serves_only(site, path, target):
        node, path = _passed(site, target), site.finding.path
    site.editor(path).replace(node, text)


def _passed(site: Site, name: str) -> ast.expr:
    """The argument of the finding's call that a shared constant is, which keeps its value for all
    others. Raises DeclinedError where there is none, or something is computed of the constant."""
    declined = DeclinedError(f"`{name}` is used for other things as well")
    call = site.call()
    given = [*call.args, *(one.value for one in call.keywords)]
    found = [one for one in given if (dotted(one) or "").rpartition(".")[2] == name]
    if len(found) != 1:
        raise declined
    for file in site.project.python_with(name):
        if any(
            isinstance(file.parent(node), ast.Compare | ast.BinOp | ast.Slice | ast.Subscript)
            for node in _reads(file, name)
        ):
            raise declined
    return found[0]


def _reads(file: PythonFile, name: str) -> Iterator[ast.expr]:
    """Where a file reads a name, or an attribute that is called so."""
    for node in file.walk():
        if isinstance(node, ast.Name):
            own = node.id
        elif isinstance(node, ast.Attribute):
            own = node.attr
        else:
            continue
        if own == name and isinstance(node.ctx, ast.Load):
            yield node


def literal(site: Site) -> tuple[str, ast.expr]:
    """The path and the node of the literal at which the evidence begins.

    Raises DeclinedError where the value is composed of parts.
    """
    path, node = site.first_step(ast.expr)
    node = assigned_value(site.editor(path).file, node)
    if not isinstance(node, _LITERALS):
        raise DeclinedError("the value is put together from parts")
    return path, node


def assigned_value(file: PythonFile, node: ast.expr) -> ast.expr:
    """The expression assigned to a variable, where `node` is the target of the assignment; else
    `node`."""
    parent = file.parent(node)
    if isinstance(parent, ast.Assign) and parent.targets == [node]:
        return parent.value
    if isinstance(parent, ast.AnnAssign) and parent.target is node and parent.value is not None:
        return parent.value
    return node


def _assigned_name(file: PythonFile, node: ast.expr) -> str | None:
    """The name that a literal is assigned to; None for another target or none."""
    parent = file.parent(node)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
    elif isinstance(parent, ast.AnnAssign):
        target = parent.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _serves_only(site: Site, path: str, name: str) -> bool:
    """Whether all reads of a name, in its file and where it is imported, are arguments with the
    same role as the finding's."""
    role = _role(site)
    for file in site.project.python_with(name):
        if file.path != path and not _imports(file, name):
            continue
        if not all(_plays(site, file, node, role) for node in _reads(file, name)):
            return False
    return True


def _imports(file: PythonFile, name: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom | ast.Import)
        or (isinstance(node, ast.Attribute) and node.attr == name)
        for node in file.walk()
    )


def _role(site: Site) -> str:
    """The role of the finding's value, from its subject; "" where it has none."""
    parts = site.finding.subject.split(":")
    return parts[1] if len(parts) > 1 else ""


def _plays(site: Site, file: PythonFile, node: ast.AST, role: str) -> bool:
    """Whether a read of a name is an argument with a role, or the default of a parameter."""
    parent = file.parent(node)
    if isinstance(parent, ast.arguments | ast.FormattedValue) or _is_told(node, parent):
        return True
    for uses in site.project.uses(file.path).values():
        for use in uses:
            for _, value in use.arguments.get(role, ()):
                if (value.pos, value.end) == file.place(node):
                    return True
    return False


def _is_told(node: ast.AST, call: ast.AST | None) -> bool:
    """Whether a value is only shown: `logger.info("… %d bits", SIZE)`."""
    if not isinstance(call, ast.Call) or node not in call.args:
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
    return name in ("print", "debug", "info", "warning", "error", "echo", "secho", "format")


def limit(site: Site) -> int:
    """The policy's limit, read from the finding's message. Raises DeclinedError where there is
    none."""
    pattern = ""
    for part in re.split(r"(\{\w+\})", site.rule.message):
        if part == "{limit}":
            pattern += r"(?P<limit>\d[\d,_]*)" if "(?P<limit>" not in pattern else r"\S+"
        elif part.startswith("{"):
            pattern += r".*?"
        else:
            pattern += re.escape(part)
    found = re.fullmatch(pattern, site.finding.message, re.DOTALL)
    if found is None or "limit" not in found.groupdict():
        raise DeclinedError("the policy names no number")
    return int(re.sub(r"[,_]", "", found["limit"]))


def number(site: Site) -> int | None:
    """The present value as the finding's subject has it; None where that is no number."""
    last = site.finding.subject.rpartition(":")[2]
    return int(last) if last.isdigit() else None


def grouped(value: int) -> str:
    """A number as Python source, with underscores from 10,000 on: `600_000`."""
    return f"{value:_}" if value >= 10_000 else str(value)
