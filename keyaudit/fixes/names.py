"""Which names a Python file binds, and by which name a module is known at a node."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from typing import NamedTuple

from keyaudit.fixes.changes import Change
from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.import_places import import_place, line_after
from keyaudit.fixes.python_file import PythonFile


class Imported(NamedTuple):
    """A name that a module-level import binds; `member` is None for a whole module, `end` is the
    offset at which the import ends."""

    name: str
    module: str
    member: str | None
    end: int


class Names:
    """The bindings of one file."""

    def __init__(self, file: PythonFile) -> None:
        self._file = file
        self._bound = [(name, node) for node in file.walk() for name in _binds(node)]
        self._words = {node.id for node in file.walk() if isinstance(node, ast.Name)}
        self._words |= {name for name, _ in self._bound}
        self._imported = list(self._of_imports())

    def is_taken(self, name: str) -> bool:
        """Whether the name occurs anywhere in the file."""
        return name in self._words

    def binders(self, name: str) -> list[ast.AST]:
        """The nodes that bind a name, anywhere in the file."""
        return [node for known, node in self._bound if known == name]

    def imported(self, module: str, member: str | None, at: ast.AST) -> str | None:
        """The name by which `import module`, or `from module import member`, is known at a node;
        else None.

        Only module-level imports count whose name nothing else binds.
        """
        start = self._file.start(at)
        early = self._file.runs_at_import(at)
        for known in self._imported:
            if (known.module, known.member) != (module, member):
                continue
            if (early and known.end > start) or not self._means(known, at):
                continue
            return known.name
        return None

    def _means(self, known: Imported, at: ast.AST) -> bool:
        """Whether the name of a module-level import refers to that import at a node."""
        name = known.name.split(".")[0]
        around = {id(scope) for scope in self._file.scopes(at)}
        if isinstance(at, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            around.add(id(at))
        for node in self.binders(name):
            if isinstance(node, ast.Global | ast.Nonlocal):
                return False
            if isinstance(node, ast.Import) and any(
                (alias.name == known.module and alias.asname == known.name)
                or (not alias.asname and alias.name.split(".")[0] == known.module == known.name)
                for alias in node.names
            ):
                continue
            if isinstance(node, ast.ImportFrom) and not isinstance(
                self._file.parent(node), ast.Module
            ):
                return False
            if isinstance(node, ast.ImportFrom):
                if sum((one.asname or one.name) == name for one in node.names) != 1:
                    return False
                whole = node.module == known.module or known.module.startswith(f"{node.module}.")
                if not whole:
                    return False
                continue
            scopes = self._file.scopes(node)
            if not scopes or id(scopes[0]) in around:
                return False
        return True

    def _of_imports(self) -> Iterator[Imported]:
        for statement in self._file.tree.body:
            end = self._file.end(statement)
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    # `import os.path` makes `os` known.
                    module = alias.name if alias.asname else alias.name.split(".")[0]
                    yield Imported(alias.asname or module, module, None, end)
            elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
                for alias in statement.names:
                    name = alias.asname or alias.name
                    yield Imported(name, statement.module, alias.name, end)
                    yield Imported(name, f"{statement.module}.{alias.name}", None, end)

    def builtin(self, name: str) -> str:
        """The name of a built-in function. Raises DeclinedError where the file may bind it to
        something else."""
        if self.binders(name) or self.has_star():
            raise DeclinedError(f"`{name}` is something else in this file")
        return name

    def has_star(self) -> bool:
        """Whether the file has a `from x import *`."""
        return any(name == "*" for name, _ in self._bound)

    def free_in(self, function: ast.AST, wanted: str) -> str:
        """A name for a local variable: `wanted`, unless the function, one around it or one in it
        uses that name."""
        used = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
        used |= {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
        nested = any(
            isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
            for outer in self._file.ancestors(function)
        )
        if nested or wanted in used or hasattr(builtins, wanted):
            return self.free(wanted)
        if any(isinstance(node, ast.Global | ast.Nonlocal) for node in self.binders(wanted)):
            return self.free(wanted)
        return wanted

    def free(self, wanted: str) -> str:
        """A name that the file does not use and that is no built-in: `wanted`, with underscores if
        necessary."""
        name = wanted
        while name in self._words or hasattr(builtins, name):
            name = f"_{name}" if not name.startswith("_") else f"{name}_"
        return name


class Import(NamedTuple):
    """The name of a module or member at a node, and the change that imports it, or None."""

    name: str
    change: Change | None


def module_name(file: PythonFile, names: Names, module: str, at: ast.AST) -> Import:
    """A name for `module` at a node, with the import that is missing for it.

    Raises DeclinedError where no import can be placed before the node.
    """
    known = names.imported(module, None, at) or _known_in_block(file, module, None, at)
    if known is not None:
        return Import(known, None)
    last = module.rpartition(".")[2]
    name = last
    if names.is_taken(last) or names.has_star():
        name = names.free(f"_{last}")
    if "." in module:
        package = module.rpartition(".")[0]
        line = f"from {package} import {last}" + (f" as {name}" if name != last else "")
        module = package
    else:
        line = f"import {module}" + (f" as {name}" if name != last else "")
    return Import(name, _inserted(file, line, module, at))


def member_name(file: PythonFile, names: Names, module: str, member: str, at: ast.AST) -> Import:
    """A name for `member` of `module` at a node, with the import that is missing for it.

    Raises DeclinedError where no import can be placed before the node.
    """
    known = names.imported(module, member, at) or _known_in_block(file, module, member, at)
    if known is not None:
        return Import(known, None)
    whole = names.imported(module, None, at)
    if whole is not None:
        return Import(f"{whole}.{member}", None)
    name = member
    if names.is_taken(member) or names.has_star():
        name = names.free(f"_{member}")
    line = f"from {module} import {member}" + (f" as {name}" if name != member else "")
    beside = _beside(file, module, at) if name == member else None
    if beside is not None:
        return Import(name, _added(file, beside, member))
    return Import(name, _inserted(file, line, module, at))


def _beside(file: PythonFile, module: str, at: ast.AST) -> ast.ImportFrom | None:
    """The import of other members of a module, where one more fits on its line."""
    for statement in file.tree.body:
        if not isinstance(statement, ast.ImportFrom) or statement.level:
            continue
        if statement.module != module or statement.lineno != statement.end_lineno:
            continue
        line = file.line_text(statement.lineno).strip()
        is_plain = line == file.source(statement) and not line.endswith((")", "*"))
        is_early = not file.runs_at_import(at) or file.end(statement) < file.start(at)
        if is_plain and is_early and not any(one.asname for one in statement.names):
            return statement
    return None


def _added(file: PythonFile, statement: ast.ImportFrom, member: str) -> Change:
    """The change that imports one more member, in the order of the others."""
    names = [one.name for one in statement.names]
    after = [one for one in statement.names if one.name.lower() > member.lower()]
    if names == sorted(names, key=str.lower) and after:
        place = file.start(after[0])
        return Change(file.path, place, place, f"{member}, ")
    place = file.end(statement)
    return Change(file.path, place, place, f", {member}")


def _inserted(file: PythonFile, line: str, module: str, at: ast.AST) -> Change:
    """The change that inserts an import as a line of its own among the file's imports."""
    inside = _block_of(file, module, at)
    if inside is not None:
        indent = file.text[file.start_of_line(inside.lineno) : file.start(inside)]
        if indent.strip():
            raise DeclinedError("there is no line of its own for an import")
        end = line_after(file, inside)
        return Change(file.path, end, end, f"{indent}{line}{file.newline}")
    where, apart = import_place(file, line, module)
    if file.runs_at_import(at) and file.start(file.statement(at)) < where:
        raise DeclinedError("it is used before the imports of the file")
    text = line + file.newline * (2 if apart else 1)
    if where == len(file.text) and file.text and not file.text.endswith("\n"):
        text = file.newline + line
    return Change(file.path, where, where, text)


def _known_in_block(file: PythonFile, module: str, member: str | None, at: ast.AST) -> str | None:
    """The name of a module or member that is imported in a handler around a node, and bound nowhere
    else."""
    for outer in file.ancestors(at):
        if not isinstance(outer, ast.ExceptHandler):
            continue
        for node in outer.body:
            if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
                continue
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                wanted = f"{module}.{member}" if member is not None else module
                name = alias.asname or alias.name
                bound = [one for one in file.walk() if name in _binds(one)]
                if whole == wanted and bound == [node]:
                    return name
    return None


def _block_of(file: PythonFile, module: str, at: ast.AST) -> ast.stmt | None:
    """The last import of the same package in the block that a node stands in, where the file has
    that package only under a condition: it may not be installed. None where it always has it.

    Raises DeclinedError where the node stands elsewhere.
    """
    top = module.split(".")[0]
    if top in sys.stdlib_module_names:
        return None
    blocks: list[ast.stmt] = []
    for node in file.walk():
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module]
        if isinstance(node, ast.ImportFrom) and node.level:
            continue
        if not any((name or "").split(".")[0] == top for name in names):
            continue
        if isinstance(file.parent(node), ast.Module):
            return None
        if any(isinstance(outer, ast.Try | ast.ExceptHandler) for outer in file.ancestors(node)):
            blocks.append(node)
    if not blocks:
        return None
    around = {id(outer) for outer in file.ancestors(at)}
    same = [
        one
        for one in blocks
        if isinstance(file.parent(one), ast.ExceptHandler) and id(file.parent(one)) in around
    ]
    if same:
        return same[-1]
    bodies = [one for one in blocks if isinstance(file.parent(one), ast.Try)]
    # In the body of a `try` at the top, what follows it has the name if it has the others.
    if len(bodies) == len(blocks) and len({id(file.parent(one)) for one in bodies}) == 1:
        return bodies[-1]
    raise DeclinedError(f"`{top}` is imported under a condition")


def _binds(node: ast.AST) -> Iterator[str]:
    """The names that a node binds."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.split(".")[0]
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
