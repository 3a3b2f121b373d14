"""Planted secrets are found: all of them, each once, and with the commit that brought it in."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path

import pytest

from tests.planted import history, tree
from tests.planted.forms import forms_for, place
from tests.planted.kinds import make

_ROOT = Path(__file__).parent.parent.parent
# Real files of this repository of many types; the rules' examples hold secrets on purpose.
_TREES = (_ROOT / "keyaudit", _ROOT / "docs", _ROOT / "rules" / "models", _ROOT / "fixtures")


@pytest.fixture(scope="module")
def files() -> tree.Files:
    return tree.candidates(_TREES)


def _told(plant: tree.Plant | history.PastPlant) -> str:
    return f"{plant.secret.kind}; {plant.form}; {plant.path}"


def test_in_files(files: tree.Files, tmp_path: Path) -> None:
    outcome = tree.measure(files, tmp_path, 90, seed=5)
    assert [_told(plant) for plant in outcome.missed] == []
    assert [_told(plant) for plant, _ in outcome.twice] == []
    assert [(finding.rule_id, finding.path) for finding in outcome.stray] == []
    assert len({plant.form for plant in outcome.plants}) > 30


def test_in_a_history_with_merges_and_renames(files: tree.Files, tmp_path: Path) -> None:
    outcome = history.measure(files, tmp_path / "repository", 24, seed=6)
    assert len(outcome.plants) > 10
    assert [_told(plant) for plant in outcome.missed] == []
    assert [_told(plant) for plant, _ in outcome.twice] == []
    assert [(_told(plant), wrong) for plant, wrong in outcome.wrong] == []
    assert [(finding.rule_id, finding.path) for finding in outcome.stray] == []
    assert any(plant.removed for plant in outcome.plants)
    assert any(len(plant.paths) > 1 for plant in outcome.plants)
    assert any(plant.branch for plant in outcome.plants)


# --- the measure itself ---


def test_a_plant_that_is_not_found_is_missed_and_a_finding_elsewhere_is_stray(
    files: tree.Files, tmp_path: Path
) -> None:
    source = random.Random(1)
    before, plants = tree.plant_tree(files, tmp_path / "planted", 4, source)
    assert set(before) == {plant.path for plant in plants}
    nothing = tree.judge(plants, [], [])
    assert (nothing.recall, len(nothing.missed)) == (0, 4)
    found = tree.findings_in(tmp_path / "planted")
    outcome = tree.judge(plants[:3], [], found)
    assert outcome.missed == []
    # The fourth is not known to this judge, whose plants are in other files.
    assert {finding.path for finding in outcome.stray} >= {plants[3].path}


def test_programs_and_data_stay_what_they_are(files: tree.Files) -> None:
    source = random.Random(2)
    secrets = [make(kind, source) for kind in ("github-pat", "ed25519 key, pkcs8")]
    for (_, suffix), places in files.items():
        if suffix not in (".py", ".json"):
            continue
        for file, path in source.sample(list(places), k=min(3, len(places))):
            text = file.read_text()
            at = place(path, text.split("\n"), source)
            if at is None:
                continue
            for form in forms_for(path):
                secret = next(secret for secret in secrets if form.fits(secret))
                planted, _ = tree.plant_in(text, path, secret, form, at)
                parse = ast.parse if suffix == ".py" else json.loads
                parse(planted)
