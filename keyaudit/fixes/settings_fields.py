"""Fields of pydantic's settings, which are read from variables and `.env` files by themselves."""

from __future__ import annotations

import ast
import re

from keyaudit.fixes.editor import Editor
from keyaudit.fixes.environment import example_line
from keyaudit.fixes.python_file import PythonFile, dotted
from keyaudit.fixes.site import Rewrite, Site

_NOTE = (
    "set {} wherever the program runs, before it is updated there: its settings cannot be made "
    "without; take a new key or secret, since the old one is known to everybody with the source"
)
_NAMES = ("alias", "env", "validation_alias")


def field_of(file: PythonFile, node: ast.expr) -> ast.AnnAssign | None:
    """The field of a class of settings whose default a literal is, else None."""
    statement = file.statement(node)
    owner = file.parent(statement)
    if not isinstance(statement, ast.AnnAssign) or not isinstance(owner, ast.ClassDef):
        return None
    if not any((dotted(one) or "").endswith("BaseSettings") for one in owner.bases):
        return None
    value = statement.value
    is_default = value is node or (isinstance(value, ast.Call) and _place(value, node) is not None)
    return statement if is_default and isinstance(statement.target, ast.Name) else None


def require(site: Site, path: str, field: ast.AnnAssign, node: ast.expr) -> Rewrite:
    """Take the default out of a field, so that its value must be set."""
    editor = site.editor(path)
    file = editor.file
    assert field.value is not None
    if field.value is node:
        editor.replace_place(file.end(field.annotation), file.end(field.value), "")
    else:
        assert isinstance(field.value, ast.Call)
        _without_default(editor, field.value, node)
    name = _variable(file, field)
    told = name or "the variable of the setting"
    more = example_line(site, name) if name else []
    return site.rewrite(f"require {told}", migrate=(_NOTE.format(told),), more=more)


def _place(call: ast.Call, node: ast.expr) -> ast.keyword | ast.expr | None:
    """The argument of `Field(…)` that is the default."""
    if (dotted(call.func) or "").rpartition(".")[2] != "Field":
        return None
    if call.args[:1] == [node]:
        return node
    return next((k for k in call.keywords if k.arg == "default" and k.value is node), None)


def _without_default(editor: Editor, call: ast.Call, node: ast.expr) -> None:
    place = _place(call, node)
    assert place is not None
    if place is node or (not call.args and call.keywords[:1] == [place]):
        editor.replace(place, "...")
    else:
        editor.remove_argument(call, place)


def _variable(file: PythonFile, field: ast.AnnAssign) -> str | None:
    """The name of the variable that sets a field; None where it is not certain."""
    assert isinstance(field.target, ast.Name)
    if isinstance(field.value, ast.Call):
        for keyword in field.value.keywords:
            if keyword.arg not in _NAMES:
                continue
            named = keyword.value
            is_name = isinstance(named, ast.Constant) and isinstance(named.value, str)
            return named.value if is_name else None  # type: ignore[attr-defined]
    owner = file.parent(field)
    assert owner is not None
    if re.search(r"env_prefix|alias_generator|env_nested", file.source(owner)):
        return None
    return field.target.id.upper()
