"""A scan reads the files that rules find something in: triage points at every bad example."""

from __future__ import annotations

from keyaudit.catalogue import expected_lines
from keyaudit.catalogue.types import Example
from keyaudit.core.document import Document
from keyaudit.scanning.needs import Needs
from tests.caches import shipped

# What is found without the analyzer of code.
_OTHERWISE = frozenset({"text", "material", "history"})


def _path(example: Example) -> str:
    """Files called `example.py` are judged to be examples, of which less is told."""
    return example.path.replace("example.py", "service.py")


def test_each_bad_example_is_in_a_file_that_a_scan_reads() -> None:
    loaded = shipped()
    needs = Needs(loaded, None)
    needs.prepare()
    asked, passed_over = 0, []
    for rule in loaded.rules.values():
        if not {match.kind for match in rule.matches}.isdisjoint(_OTHERWISE):
            continue
        for number, example in enumerate(rule.examples, 1):
            text, lines = expected_lines(example.text)
            if not lines or not example.path.endswith(".py"):
                continue
            asked += 1
            if not needs.of(Document(_path(example), text.encode())).keys() & {"code", "config"}:
                passed_over.append(f"{rule.id}, example {number}")
    assert asked > 500
    assert passed_over == []
