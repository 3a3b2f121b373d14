"""Whether a setting in a file is only a default, which another configuration replaces."""

from __future__ import annotations

import ast

from keyaudit.fixes.errors import DeclinedError
from keyaudit.fixes.project import Project
from keyaudit.fixes.python_file import PythonFile, dotted

# Methods of Flask's configuration that load one over what is there.
_LOADS = frozenset({"from_object", "from_pyfile", "from_envvar", "from_file", "from_json",
                    "from_mapping", "from_prefixed_env", "from_toml", "update"})  # fmt: skip


def require_last(project: Project, file: PythonFile, node: ast.AST) -> None:
    """Raise DeclinedError where the module-level setting that a value is assigned to may be
    replaced later: to demand a variable there would stop programs that have set it elsewhere."""
    statement = file.statement(node)
    if _is_loaded_over(file, statement):
        raise DeclinedError("it is a default: another configuration is loaded over it")
    if file.scopes(statement) and file.function(statement) is not None:
        return
    names = _assigned(statement)
    if not names:
        return
    if any(_is_star(one) and one.lineno > statement.lineno for one in file.tree.body):
        raise DeclinedError("it is a default: a later import of all names may replace it")
    module = file.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if _is_loaded_first(project, module):
        raise DeclinedError("it is a default: another configuration is loaded over it")
    if _is_replaced(project, module, names):
        raise DeclinedError("it is a default: a file that imports all of this one replaces it")


def _is_loaded_over(file: PythonFile, statement: ast.stmt) -> bool:
    """Whether the function that sets an item of a configuration loads another one after it."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    held = dotted(target.value) if isinstance(target, ast.Subscript) else None
    if held is None or not held.endswith("config"):
        return False
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _LOADS
        and dotted(node.func.value) == held
        and node.lineno > statement.lineno
        and file.function(node) is file.function(statement)
        and not _is_of_others(node)
        for node in file.walk()
    )


def _is_of_others(load: ast.Call) -> bool:
    """Whether it is known to load something else: `update(DEBUG=True)`."""
    return (
        bool(load.keywords)
        and not load.args
        and all(one.arg and "SECRET" not in one.arg.upper() for one in load.keywords)
    )


def _assigned(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _is_star(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


def _is_same(module: str, name: str) -> bool:
    """Whether a dotted name, which may begin at any folder, stands for a module or a class in
    it."""
    whole = f".{module}"
    return bool(name) and (whole.endswith((f".{name}", f".{name.rpartition('.')[0] or '?'}")))


def _is_loaded_first(project: Project, module: str) -> bool:
    """Whether a function loads the module as configuration, and another after it."""
    for file in project.readable_with("from_object"):
        if module.rpartition(".")[2] not in file.text:
            continue
        loads: dict[ast.AST | None, list[tuple[int, bool]]] = {}
        for node in file.walk():
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _LOADS
                and (dotted(node.func.value) or "").endswith("config")
            ):
                one = node.args[0] if node.args else None
                name = one.value if isinstance(one, ast.Constant) else dotted(one) if one else ""
                first = isinstance(name, str) and _is_same(module, name)
                loads.setdefault(file.function(node), []).append((node.lineno, first))
        for found in loads.values():
            first_at = min((line for line, is_this in found if is_this), default=None)
            if first_at is not None and max(line for line, _ in found) > first_at:
                return True
    return False


def _is_replaced(project: Project, module: str, names: set[str]) -> bool:
    """Whether a file has `from module import *` and then sets the name itself."""
    last = module.rpartition(".")[2]
    for file in project.readable_with("import *"):
        head: int | None = None
        for statement in file.tree.body:
            if (
                _is_star(statement)
                and isinstance(statement, ast.ImportFrom)
                and (statement.module or "").rpartition(".")[2] == last
            ):
                head = statement.lineno
            elif head is not None and _assigned(statement) & names:
                return True
    return False
