"""A process killed at any write of any verb loses no key and leaves no half state."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from keyaudit.remediation import KeyManager, KeyState, verify_certificate
from keyaudit.remediation.lifecycle.records import KeyVersion
from tests.remediation.killing import SUPPORTED, killed_at
from tests.remediation.lifecycle import Clock, make, root

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="traces system calls on Linux")

CONTEXT = {"user": "1234"}
NEW_ROOT = (bytes(32), "new-root")
VERBS: dict[str, Callable[[KeyManager], object]] = {
    "create": lambda manager: manager.create_key("mail", by="ann"),
    "rotate": lambda manager: manager.rotate("orders", by="ann"),
    "compromise": lambda manager: manager.compromise("orders", 3, by="ann", why="lost"),
    "archive": lambda manager: manager.archive("orders", 2, by="ann", why="old"),
    "schedule": lambda manager: manager.schedule_destruction(
        "orders", 2, by="ann", why="moved", envelopes=(), days=7
    ),
    "cancel": lambda manager: manager.cancel_destruction("orders", 1, by="ann"),
    "destroy": lambda manager: manager.destroy("orders", 1, by="ann"),
    "change-root": lambda manager: manager.change_root(root(*NEW_ROOT), by="ann"),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes], Clock]:
    """A store whose key has version 1 due for destruction, 2 deactivated and 3 active; an
    envelope under each; the clock after the wait."""
    folder, clock = tmp_path_factory.mktemp("store"), Clock()
    with make(folder, clock) as manager:
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")
        envelopes = []
        for number in (1, 2, 3):
            envelopes.append(cipher.encrypt(b"%d" % number, CONTEXT))
            if number < 3:
                manager.rotate("orders", by="ann")
                manager.approve_destruction("orders", number, by="bob")
        manager.schedule_destruction("orders", 1, by="ann", why="moved", envelopes=(), days=7)
    clock.move(days=8)
    return folder / "keys.db", envelopes, clock


def reopen(file: Path, clock: Clock) -> KeyManager:
    """The store, whichever of the two root keys it is under."""
    try:
        return KeyManager.open(file, root(), clock=clock)
    except LookupError:
        return KeyManager.open(file, root(*NEW_ROOT), clock=clock)


def facts(manager: KeyManager) -> tuple[list[KeyVersion], int]:
    """All versions, without what differs from run to run, and the length of the log."""
    versions = [v for name in manager.names() for v in manager.versions(name)]
    return [replace(version, certificate=None) for version in versions], len(manager.audit())


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


def check_keys(manager: KeyManager, envelopes: list[bytes]) -> None:
    """Every key that was not destroyed is there and is the one it was; a destroyed one is gone,
    with its certificate; there is a primary version that works."""
    cipher = manager.cipher("orders")
    cipher.decrypt(cipher.encrypt(b"new", CONTEXT), CONTEXT)
    for version, envelope in zip(manager.versions("orders"), envelopes, strict=False):
        if version.state is KeyState.DESTROYED:
            assert version.certificate
            verify_certificate(version.certificate, manager.certificate_key)
        elif version.destroy_at is not None:
            with manager._store.read() as connection:
                manager._material(connection, version).close()
        elif version.archived is not None or version.state is KeyState.COMPROMISED:
            hour = timedelta(hours=1)
            with manager.reactivate("orders", version.number, by="t", why="t", for_=hour):
                assert cipher.decrypt(envelope, CONTEXT) == b"%d" % version.number
        else:
            assert cipher.decrypt(envelope, CONTEXT) == b"%d" % version.number


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
