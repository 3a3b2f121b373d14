"""Passwords in the forms that people write them in are found, and what opens nothing is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from keyaudit.scanning import Request, scan
from keyaudit.scanning.settings import Settings
from tests.caches import shipped
from tests.planted import recall, tree
from tests.planted.passwords import GENERATORS, password


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[recall.Samples, set[str]]:
    folder = tmp_path_factory.mktemp("samples")
    samples = recall.write(folder, 4, seed=41)
    report = scan(Request((folder,), Settings(jobs=1), use_cache=False), shipped())
    assert report.complete
    # Rules about configuration say of a reference to a secret where it goes.
    told = [finding for finding in report.findings if finding.rule_id in tree.SECRET_RULES]
    return samples, {finding.path for finding in told}


def test_every_form_is_known(measured: tuple[recall.Samples, set[str]]) -> None:
    samples, found = measured
    by_form = samples.recall(found)
    assert {form for form, part in by_form.items() if part < 0.5} == set()
    assert sum(by_form.values()) / len(by_form) >= 0.98


def test_nothing_is_said_of_what_is_hashed_encrypted_or_referenced(
    measured: tuple[recall.Samples, set[str]],
) -> None:
    samples, found = measured
    assert [sample.form for sample in samples.alarms(found)] == []


def test_the_measure_tells_misses_and_alarms(tmp_path: Path) -> None:
    samples = recall.write(tmp_path, 1, seed=1)
    assert sum(samples.recall([]).values()) == 0
    assert len(samples.missed([])) == len(samples.secrets)
    every = [sample.path for sample in (*samples.secrets, *samples.innocent)]
    assert set(samples.recall(every).values()) == {1.0}
    assert samples.missed(every) == []
    assert len(samples.alarms(every)) == len(samples.innocent)


def test_passwords_leave_out_what_a_syntax_has_no_place_for() -> None:
    source = random.Random(3)
    for number in range(2 * len(GENERATORS)):
        text, generator = password(source, number, "\\\"'`$ {}[]()<>")
        assert generator in GENERATORS
        assert not set(text) & set("\\\"'`$ {}[]()<>")
        assert len(text) >= 10
