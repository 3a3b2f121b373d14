"""docs/writing-rules.md, the schemas and the code name the same words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from keyaudit.catalogue import checks, vocabulary, yamlfile
from keyaudit.catalogue.schema import check, schema
from keyaudit.code.matching.conditions import CONDITIONS

_GUIDE = Path(__file__).parents[2] / "docs" / "writing-rules.md"


def _section(title: str) -> str:
    found = re.search(rf"^### {title}\n(.*?)(?=^##)", _GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def _words(title: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9-]+)`", _section(title)))


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Roles", vocabulary.ROLES),
        ("Kinds of origin", vocabulary.ORIGINS),
        ("Kinds of call", vocabulary.CALL_KINDS),
    ],
)
def test_guide_and_code_agree(title: str, words: frozenset[str]) -> None:
    assert _words(title) == words


def test_conditions_are_those_of_the_engine() -> None:
    assert set(CONDITIONS) == vocabulary.CONDITIONS
    properties = schema("rule")["$defs"]["argument"]["properties"]
    assert properties.keys() >= vocabulary.CONDITIONS


def _properties(part: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(part, dict):
        found |= set(part.get("properties", {}))
        for value in part.values():
            found |= _properties(value)
    elif isinstance(part, list):
        for value in part:
            found |= _properties(value)
    return found


@pytest.mark.parametrize("kind", ["rule", "model", "policy"])
def test_guide_tells_of_every_key(kind: str) -> None:
    guide = _GUIDE.read_text()
    untold = {
        key
        for key in _properties(schema(kind))
        if not re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", guide)
    }
    assert not untold


def test_examples_of_the_guide_are_valid() -> None:
    model, rule, tokens, policy = re.findall(r"```yaml\n(.*?)```", _GUIDE.read_text(), re.DOTALL)
    # The guide leaves out the texts that a reader of it would skip.
    rule = rule.replace("      ...", "      x = 1  # finding")
    texts = {"model": model, "rule": rule, "tokens": tokens, "policy": policy}
    for kind, text in texts.items():
        source = yamlfile.parse(f"{kind} in the guide", text.encode())
        check(source, kind)
        cross = {"rule": checks.check_rule, "model": checks.check_model}.get(kind)
        if cross is not None:
            cross(source)
