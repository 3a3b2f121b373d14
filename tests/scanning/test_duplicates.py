"""Which text findings repeat a code finding."""

from __future__ import annotations

import pytest

from keyaudit.catalogue.types import Match, Rule
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity, Stage
from keyaudit.core.location import Span, Step
from keyaudit.scanning.duplicates import drop_repeats


def rule(identifier: str, kind: str) -> Rule:
    return Rule(identifier, identifier, Stage.STORAGE, Severity.HIGH, Confidence.HIGH, {}, "",
                (Match(kind, {}),), "", "")  # fmt: skip


RULES = {"KA1": rule("KA1", "flow"), "KA2": rule("KA2", "text")}


def finding(
    identifier: str,
    span: tuple[int, int, int, int],
    *,
    path: str = "a.py",
    preview: str | None = "abcd…",
    origin: tuple[str, tuple[int, int, int, int]] | None = None,
) -> Finding:
    steps = () if origin is None else (Step(origin[0], Span(*origin[1]), "", ""),)
    return Finding(identifier, path, Span(*span), "", Severity.HIGH, Confidence.HIGH,
                   preview=preview, steps=steps)  # fmt: skip


TEXT = finding("KA2", (3, 8, 3, 40))


@pytest.mark.parametrize(
    "code",
    [
        finding("KA1", (3, 1, 3, 50)),
        finding("KA1", (3, 20, 3, 21)),
        finding("KA1", (2, 1, 4, 1)),
        finding("KA1", (9, 1, 9, 9), origin=("a.py", (3, 8, 3, 40))),
        finding("KA1", (9, 1, 9, 9), path="b.py", origin=("a.py", (3, 7, 3, 41))),
    ],
)
def test_the_same_literal_is_reported_once(code: Finding) -> None:
    assert drop_repeats([TEXT, code], RULES) == [code]
    assert drop_repeats([code, TEXT], RULES) == [code]


@pytest.mark.parametrize(
    "code",
    [
        finding("KA1", (3, 40, 3, 50)),
        finding("KA1", (3, 1, 3, 8)),
        finding("KA1", (4, 1, 4, 50)),
        finding("KA1", (3, 8, 3, 40), path="b.py"),
        finding("KA1", (3, 8, 3, 40), preview=None),
        finding("KA1", (9, 1, 9, 9), origin=("b.py", (3, 8, 3, 40))),
        finding("KA2", (3, 8, 3, 40)),
    ],
)
def test_another_literal_is_another_finding(code: Finding) -> None:
    assert drop_repeats([TEXT, code], RULES) == [TEXT, code]


def test_of_two_equal_ones_on_a_setting_the_secret_in_the_text_stays() -> None:
    kinds = (Match("config", {}), Match("call", {}))
    both = Rule("KA3", "KA3", Stage.STORAGE, Severity.HIGH, Confidence.HIGH, {}, "", kinds, "", "")
    rules = {**RULES, "KA3": both}
    text = finding("KA2", (3, 8, 3, 40), path="run.sh")
    command = finding("KA3", (3, 8, 3, 40), path="run.sh")
    assert drop_repeats([command, text], rules) == [text]
    code = finding("KA3", (3, 8, 3, 40))
    assert drop_repeats([code, TEXT], rules) == [code]
