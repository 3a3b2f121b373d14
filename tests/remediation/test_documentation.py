"""Every public name says what it raises and in which units its figures are."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from keyaudit import remediation

# What a docstring may say instead of naming an error: where the list is.
_ELSEWHERE = re.compile(r"(?:[Ee]rrors|[Rr]aises) (?:as|what)|same errors|[Ee]rrors,? as")
_UNITS = (
    r"byte|bit|second|minute|hour|day|KiB|MiB|number|times|count|index|descriptor|sequence"
    r"|version|iteration|lane|pass|port|round|log2|timedelta|week|year|percent|share"
)
_NUMBERS = re.compile(r"\b(?:int|float|timedelta)\b")
# Errors that say the caller's program is wrong, whatever it calls: no docstring lists them.
_ANYWHERE = {"TypeError", "AssertionError", "NotImplementedError", "AttributeError"}


def callables() -> Iterator[tuple[str, Callable[..., Any], str]]:
    """Name, function and docstring (a constructor's is its class's) of all that is public."""
    for name in dir(remediation):
        value = getattr(remediation, name)
        if inspect.isfunction(value):
            yield name, value, inspect.getdoc(value) or ""
        elif inspect.isclass(value) and value.__module__.startswith("keyaudit."):
            about = inspect.getdoc(value) or ""
            for member, attribute in inspect.getmembers_static(value):
                function = getattr(attribute, "__func__", getattr(attribute, "fget", attribute))
                if not inspect.isfunction(function) or not function.__module__.startswith("keya"):
                    continue
                if member == "__init__":
                    yield name, function, about
                elif not member.startswith("_"):
                    yield f"{name}.{member}", function, inspect.getdoc(attribute) or ""


PUBLIC = {name: (function, text) for name, function, text in callables()}


def body(function: Callable[..., Any]) -> ast.AST | None:
    function = inspect.unwrap(function)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError):  # what dataclasses make
        return None
    return tree


def test_what_is_looked_at_is_all_there_is() -> None:
    assert len(PUBLIC) > 120
    assert {"generate_key", "KeyManager.rotate", "SecureKey", "KeyManager.create"} <= set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_it_is_said_what_is_raised(name: str) -> None:
    function, text = PUBLIC[name]
    tree = body(function)
    if tree is None or name.startswith(tuple(e for e in dir(remediation) if e.endswith("Error"))):
        return
    assert text
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            error = ast.unparse(node.exc.func)
            if error in _ANYWHERE or not error[0].isupper() or _ELSEWHERE.search(text):
                continue
            assert error in text, f"{name} raises {error}, and does not say so"


@pytest.mark.parametrize("name", PUBLIC)
def test_it_is_said_in_which_units_figures_are(name: str) -> None:
    function, text = PUBLIC[name]
    owner = inspect.getdoc(getattr(remediation, name.partition(".")[0])) or ""
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        annotation = str(parameter.annotation)
        if _NUMBERS.match(annotation):
            said = f"{text}\n{owner}"
            assert re.search(rf"\b{parameter.name}\b", said) or re.search(_UNITS, parameter.name), (
                f"{name} does not speak of {parameter.name}"
            )
            assert re.search(_UNITS, said), f"{name} does not give the unit of {parameter.name}"
    if re.fullmatch(r"int|float", str(signature.return_annotation)):
        assert re.search(_UNITS, f"{text}\n{owner}"), f"{name} does not give the unit of its answer"


def fields() -> Iterator[tuple[str, str, str]]:
    for name in dir(remediation):
        value = getattr(remediation, name)
        for field in getattr(value, "__dataclass_fields__", {}).values():
            yield name, field.name, str(field.type)


@pytest.mark.parametrize(("name", "field", "kind"), list(fields()))
def test_a_records_figures_have_units(name: str, field: str, kind: str) -> None:
    text = inspect.getdoc(getattr(remediation, name)) or ""
    if re.match(r"(?:int|float|timedelta|bytes)\b", kind):
        assert re.search(rf"\b{field}\b", text), f"{name} does not speak of {field}"
        assert re.search(_UNITS, text), f"{name} does not give the unit of {field}"
    if "datetime" in kind:
        assert "UTC" in text, f"{name} does not say in which time zone {field} is"
