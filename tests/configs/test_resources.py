"""Small resources with one fault each, and the same without it, from the providers' documentation.

A case in `resources/` begins with a line `=== PATH | STAGE | TITLE | RULES`. Lines with `<` belong
to the faulty resource only, lines with `>` to the right one. RULES tell the fault; `-` where
nothing of configuration does (a known miss, or one for the detectors of secrets).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from keyaudit.core.levels import Severity
from tests.configs.support import analyze

_FOLDER = Path(__file__).parent / "resources"


class Case(NamedTuple):
    """A faulty file and its right twin; `rules` tell the fault."""

    title: str
    path: str
    rules: frozenset[str]
    faulty: str
    right: str


def read(text: str) -> Iterator[Case]:
    """The cases of a file."""
    for part in text.split("\n=== "):
        head, _, body = part.removeprefix("=== ").partition("\n")
        path, _, title, rules = (word.strip() for word in head.split(" | "))
        lines = body.split("\n")
        faulty = [line.removeprefix("<") for line in lines if not line.startswith(">")]
        right = [line.removeprefix(">") for line in lines if not line.startswith("<")]
        told = frozenset(rules.split()) - {"-"}
        yield Case(title, f"infra/{path}", told, "\n".join(faulty), "\n".join(right))


def said(path: str, text: str) -> Counter[tuple[str, str, Severity]]:
    """What is said of a file that stands alone."""
    findings = analyze({path: text + "\n"}).findings
    return Counter((f.rule_id, f.message, f.severity) for f in findings)


@pytest.mark.parametrize("file", sorted(_FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_the_fault_of_a_resource_is_told_and_its_twin_is_right(file: Path) -> None:
    wrong = []
    for case in read(file.read_text()):
        faulty, right = said(case.path, case.faulty), said(case.path, case.right)
        if not case.rules <= {rule for rule, _, _ in faulty - right}:
            wrong.append(f"silent: {case.title}")
        loud = {one for one in right - faulty if one[2] > Severity.NOTE}
        wrong += [f"loud: {case.title}: {rule}" for rule, _, _ in loud]
    assert not wrong
