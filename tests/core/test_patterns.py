"""Patterns that are compiled when they are first asked."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import keyaudit
from keyaudit.core.patterns import compile_all, regex

_PACKAGE = Path(keyaudit.__file__).parent
# The library that mended programs call stands apart: it uses nothing of the tool.
_APART = "keyaudit.remediation"


@given(text=st.text(alphabet="ab \n", max_size=20))
def test_they_answer_as_those_of_re(text: str) -> None:
    source = r"(?P<first>a+)(b)?$"
    late, early = regex(source, re.MULTILINE), re.compile(source, re.MULTILINE)
    assert [m.span() for m in late.finditer(text)] == [m.span() for m in early.finditer(text)]
    assert late.sub("x", text) == early.sub("x", text)
    assert late.split(text) == early.split(text)
    assert (late.match(text) is None) == (early.match(text) is None)
    assert (late.flags, late.groups, late.pattern) == (early.flags, early.groups, early.pattern)


def test_a_wrong_one_is_refused_when_it_is_asked() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.search("")
    with pytest.raises(re.error):
        compile_all()
    del wrong


def test_every_pattern_of_the_modules_can_be_compiled() -> None:
    for module in pkgutil.walk_packages([str(_PACKAGE)], "keyaudit."):
        if not module.name.startswith(_APART) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    compile_all()


def test_no_module_compiles_one_while_it_is_loaded() -> None:
    apart = _PACKAGE / "remediation"
    files = [file for file in _PACKAGE.rglob("*.py") if not file.is_relative_to(apart)]
    early = [
        f"{file.relative_to(_PACKAGE)}:{call.lineno}"
        for file in files
        for call in _calls_while_loading(ast.parse(file.read_text(encoding="utf-8")))
        if ast.unparse(call.func) == "re.compile"
    ]
    assert files
    assert not early


def _calls_while_loading(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            if isinstance(child, ast.Call):
                yield child
            yield from _calls_while_loading(child)
