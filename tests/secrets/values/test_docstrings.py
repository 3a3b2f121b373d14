"""Documentation in Python is told the same way with and without the tokenizer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from keyaudit.secrets.values import docstrings

Q = '"""'
CASES = {
    f"{Q}a\nb{Q}": {1, 2},
    f"def f():\n    r{Q}a\n    b{Q}\n    x = {Q}c\n    d{Q}": {2, 3},
    f"EXAMPLES = {Q}a\nb{Q}\nOTHER = {Q}a\nb{Q}\nMY_DOC={Q}\n{Q}": {1, 2, 5, 6},
    f"f(\n{Q}a\nb{Q})\n{Q}c\nd{Q}": {4, 5},
    f"x = 'it''s'  # isn't {Q}\n'''a\nb'''": {2, 3},
    f"x = \\\n{Q}a\nb{Q}": set(),
    f"# a comment \\\n{Q}a\nb{Q}": {2, 3},
    "'a\\\nb'\n": {1, 2},
    f"{Q}a\nb{Q} {Q}c\nd{Q}": {1, 2},
    f"x = {Q}never closed\n": set(),
    f"{Q}a\nb{Q}\nx = {Q}never closed\n": {1, 2},
    f"{Q}a \\{Q} \\\\{Q}\n{Q}b\n{Q}": {2, 3},
    f")\n{Q}a\nb{Q}": {2, 3},
    "": set(),
}


@pytest.mark.parametrize("text", CASES)
def test_documentation_lines(text: str) -> None:
    assert docstrings.python_documentation(text.split("\n")) == CASES[text]


def test_same_as_the_tokenizer() -> None:
    """On some modules of the standard library, of which each should be told without it."""
    files = sorted(Path(sys.modules["ast"].__file__ or "").parent.glob("[a-d]*.py"))[:25]
    assert len(files) > 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert docstrings._by_expression(text) == docstrings._by_tokens(text), file.name


@pytest.mark.parametrize("text", CASES)
def test_lines_up_to_one_are_told_alike(text: str) -> None:
    lines = text.split("\n")
    for last in range(len(lines) + 1):
        told = docstrings.python_documentation(lines, last)
        assert {line for line in told if line <= last} == {n for n in CASES[text] if n <= last}


def test_a_module_of_tests_in_rust_goes_up_to_its_bracket() -> None:
    text = "fn a() {\n}\n\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {\n}\n"
    assert docstrings.documentation_lines("src/a.rs", text.split("\n")) == {4, 5, 6, 7, 8}
    assert docstrings.documentation_lines("src/a.rs", ["#[cfg(test)]", "use x;"]) == set()
    inner = "mod a {\n  #[cfg(all(test, unix))]\n  mod tests {\n  }\n}\n#[cfg(test)]\nmod t {\n}"
    assert docstrings.documentation_lines("a.rs", inner.split("\n")) == {2, 3, 4, 6, 7, 8}
