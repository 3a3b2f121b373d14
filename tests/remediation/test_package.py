"""The package as a whole: its names, its imports, its documentation."""

from __future__ import annotations

import ast
import inspect
import itertools
import subprocess
import sys
from pathlib import Path
from typing import get_origin

import pytest

from keyaudit import remediation

FOLDER = Path(remediation.__file__).parent


def test_the_stub_names_what_the_package_gives() -> None:
    tree = ast.parse((FOLDER / "__init__.pyi").read_text("utf-8"))
    stub = {
        (str(node.module).removeprefix("keyaudit.remediation."), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    public = {
        (module, name) for module, names in vars(remediation)["_PUBLIC"].items() for name in names
    }
    assert stub == public
    assign = next(node for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(assign.value) == sorted(name for _, name in public)


@pytest.mark.parametrize("name", dir(remediation))
def test_every_public_name_is_documented(name: str) -> None:
    value = getattr(remediation, name)
    if get_origin(value) is not None:
        assert name in said_of_aliases()
        return
    assert inspect.getdoc(value)
    for member, function in inspect.getmembers(value, inspect.isfunction):
        if inspect.isclass(value) and not member.startswith("_"):
            assert inspect.getdoc(function), f"{name}.{member}"


def said_of_aliases() -> set[str]:
    """The names of types that a string after them explains."""
    found = set()
    for file in FOLDER.rglob("*.py"):
        body = ast.parse(file.read_text("utf-8")).body
        for node, following in itertools.pairwise(body):
            if isinstance(node, ast.Assign) and isinstance(following, ast.Expr):
                assert isinstance(following.value, ast.Constant)
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="generate_kye"):
        _ = remediation.generate_kye  # type: ignore[attr-defined]


def test_importing_it_loads_nothing_but_itself() -> None:
    program = (
        "import sys; before = set(sys.modules); import keyaudit.remediation\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name for name in run.stdout.split() if name.partition(".")[0] != "importlib"}
    assert loaded <= {"__future__", "keyaudit", "keyaudit.remediation", "warnings", "_warnings"}


def test_it_imports_nothing_of_the_scanner() -> None:
    allowed = ("keyaudit.remediation",)
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for name in names:
                assert not name.startswith("keyaudit") or name.startswith(allowed), file
