"""Every example of every shipped rule: a bad one is found on its lines, a good one is silent."""

from __future__ import annotations

from functools import cache

import pytest

from keyaudit.catalogue.types import Catalogue, Example, Rule
from keyaudit.scanning.examples import run_example
from tests.caches import shipped


@cache
def _catalogue() -> Catalogue:
    return shipped()


def _examples() -> list[tuple[str, int]]:
    return [
        (rule.id, number)
        for rule in _catalogue().rules.values()
        for number in range(len(rule.examples))
    ]


def _named(case: tuple[str, int]) -> str:
    rule_id, number = case
    kind = "bad" if _catalogue().rules[rule_id].examples[number].bad else "good"
    return f"{rule_id}-{number + 1}-{kind}"


def _pick(case: tuple[str, int]) -> tuple[Rule, Example]:
    rule = _catalogue().rules[case[0]]
    return rule, rule.examples[case[1]]


@pytest.mark.parametrize("case", _examples(), ids=_named)
def test_example(case: tuple[str, int]) -> None:
    rule, example = _pick(case)
    outcome = run_example(rule, example, _catalogue())
    assert not outcome.notices, f"the example does not parse: {outcome.notices[0].message}"
    assert bool(outcome.expected) == example.bad, "a bad example marks lines, a good one none"
    assert sorted(outcome.found) == sorted(outcome.expected)


@pytest.mark.parametrize("rule_id", sorted(_catalogue().rules))
def test_rule_shows_both_sides(rule_id: str) -> None:
    kinds = {example.bad for example in _catalogue().rules[rule_id].examples}
    assert kinds == {True, False}, "a rule shows what it reports and what it does not"
