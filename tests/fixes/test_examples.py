"""The fix of every rule, over each of its examples: what the rule's file says it yields."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from keyaudit.catalogue import expected_lines
from keyaudit.catalogue.types import Catalogue, Example, Rule
from keyaudit.fixes.examples import fix_example
from keyaudit.scanning.examples import run_example
from tests.caches import shipped

_RULES = [rule for rule in shipped().rules.values() if rule.fixes]


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_a_fix_yields_what_the_rule_says(rule: Rule, rules: Catalogue, kept: Path) -> None:
    for example in rule.examples:
        _check(rule, example, rules, kept)


def _check(rule: Rule, example: Example, rules: Catalogue, kept: Path) -> None:
    fixed = fix_example(rule, example, rules, kept)
    if example.fixed:
        # YAML keeps one line end.
        assert {path: text.rstrip() for path, text in fixed.items()} == {
            path: text.rstrip() for path, text in example.fixed.items()
        }
    if not fixed:
        return
    files = {path: expected_lines(text)[0] for path, text in example.files.items()}
    files[example.path] = expected_lines(example.text)[0]
    files |= fixed
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text)
    text = files.pop(example.path)
    after = example._replace(text=text, files=files)
    assert fix_example(rule, after, rules, kept) == {}, "a second run changes something"
    left, before = run_example(rule, after, rules), run_example(rule, example, rules)
    assert len(left.found) < len(before.found) or not before.found


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_every_fix_mends_an_example(rule: Rule) -> None:
    assert any(example.fixed for example in rule.examples)
