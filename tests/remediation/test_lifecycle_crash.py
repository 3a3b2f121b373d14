"""A process killed at any write of any verb loses no key and leaves no half state."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keyaudit.remediation import KeyManager
from tests.remediation.crashing import VERBS, check_keys, facts, prepare, reopen
from tests.remediation.killing import SUPPORTED, killed_at
from tests.remediation.lifecycle import Clock, make, root

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="traces system calls on Linux")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes], Clock]:
    """A store of `prepare`'s."""
    folder, clock = tmp_path_factory.mktemp("store"), Clock()
    with make(folder, clock) as manager:
        envelopes = prepare(manager, clock)
    return folder / "keys.db", envelopes, clock


@pytest.mark.parametrize("verb", VERBS)
def test_a_kill_at_any_write_leaves_before_or_after(
    verb: str, prepared: tuple[Path, list[bytes], Clock], tmp_path: Path
) -> None:
    source, envelopes, clock = prepared
    file = tmp_path / "keys.db"

    def work() -> None:
        with KeyManager.open(file, root(), clock=clock) as manager:
            VERBS[verb](manager)

    with KeyManager.open(source, root(), clock=clock) as manager:
        before = facts(manager)
    shutil.copyfile(source, file)
    work()
    with reopen(file, clock) as manager:
        after = facts(manager)
    assert before != after
    seen = set()
    kills = 0
    while True:
        shutil.copyfile(source, file)
        killed = killed_at(kills, work)
        with reopen(file, clock) as manager:
            found = facts(manager)
            assert found in (before, after)
            seen.add(found == after)
            check_keys(manager, envelopes)
        for left in tmp_path.iterdir():
            left.unlink()
        if not killed:
            break
        kills += 1
    assert found == after
    assert seen == {False, True}
    assert kills >= 8


def test_a_kill_while_a_store_is_made_leaves_a_whole_one_or_none(tmp_path: Path) -> None:
    seen = set()
    kills = 0
    while killed_at(kills, lambda: make(tmp_path, Clock()).close()):
        file = tmp_path / "keys.db"
        seen.add(file.exists())
        if file.exists():
            with KeyManager.open(file, root()) as manager:
                assert len(manager.audit()) == 1
        for left in tmp_path.iterdir():
            left.unlink()
        kills += 1
    assert seen == {False, True}


def test_the_harness_finds_a_half_state(tmp_path: Path) -> None:
    """Two files written one after the other, the mistake that one transaction avoids."""
    one, two = tmp_path / "one", tmp_path / "two"

    def work() -> None:
        one.write_text("1")
        two.write_text("2")

    halves = 0
    kills = 0
    while killed_at(kills, work):
        halves += (
            one.exists()
            and one.read_text() == "1"
            and not (two.exists() and two.read_text() == "2")
        )
        for left in tmp_path.iterdir():
            left.unlink()
        kills += 1
    assert kills == 2
    assert halves == 1
