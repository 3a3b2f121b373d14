"""Triage points at every token, by either engine, and the engines say the same."""

from __future__ import annotations

import random
import string
from functools import cache

import pytest

from keyaudit import secrets, triage
from keyaudit.secrets.patterns import TAG
from tests.caches import shipped
from tests.secrets.detectors.tokens.generator import kinds, plant


@cache
def _engine(name: str) -> triage.Triage:
    return triage.build((), secrets.patterns_for(shipped()), engine=name)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_engines_agree_and_the_line_is_found(kind: str) -> None:
    pytest.importorskip("hyperscan")
    planted = plant(kind, random.Random(f"triage {kind}"))
    data = f"# one\n\n{planted.assigned()}  # three\n{planted.text}\nfive\n".encode()
    found = _engine("native").scan(data)
    assert found == _engine("python").scan(data)
    tag = "NamedValue" if planted.name else f"{TAG}{kind}"
    assert 3 in found[tag]


@pytest.mark.parametrize("length", [32, 40, 64, 128])
def test_digests_are_no_beginning_of_a_token(length: int) -> None:
    source = random.Random(length)
    lines = ["".join(source.choices(string.hexdigits.lower()[:16], k=length)) for _ in range(50)]
    found = _engine("python").scan("\n".join(lines).encode())
    assert [tag for tag in found if tag.startswith(TAG)] == []
