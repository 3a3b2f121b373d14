"""The record of what was done with keys, and what shows that it was changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from keyaudit.remediation import (
    KeyManager,
    StoreError,
    UnknownKeyError,
)
from tests.remediation.lifecycle import Clock, make, retired, root


def test_every_change_is_in_the_audit_log(manager: KeyManager) -> None:
    retired(manager)
    manager.archive("orders", 1, by="bob", why="old")
    log = manager.audit()
    assert [(r.actor, r.action, r.key, r.number) for r in log] == [
        ("keyaudit", "create-store", "", None),
        ("ann", "create", "orders", 1),
        ("ann", "rotate", "orders", 2),
        ("bob", "approve-destruction", "orders", 1),
        ("bob", "archive", "orders", 1),
    ]
    assert log[-1].detail == {"why": "old"}
    anchor = (log[-1].sequence, log[-1].hash)
    manager.rotate("orders", by="ann")
    assert len(manager.audit(anchor)) == 6
    with pytest.raises(StoreError, match="anchored"):
        manager.audit((7, log[-1].hash))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET actor = 'eve' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 2",
        "UPDATE audit SET sequence = 9 WHERE sequence = 2",
        'UPDATE audit SET detail = \'{"why": "none"}\' WHERE sequence = 3',
    ],
)
def test_a_changed_audit_log_is_found(tmp_path: Path, clock: Clock, change: str) -> None:
    with make(tmp_path, clock) as manager:
        retired(manager)
    connection = sqlite3.connect(tmp_path / "keys.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(change)
    connection.executescript(
        f"DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut; {change};"
    )
    connection.close()
    with (
        KeyManager.open(tmp_path / "keys.db", root()) as manager,
        pytest.raises(StoreError, match="audit log was changed"),
    ):
        manager.audit()


def test_a_log_cut_short_is_found_by_its_anchor(tmp_path: Path, clock: Clock) -> None:
    with make(tmp_path, clock) as manager:
        retired(manager)
        last = manager.audit()[-1]
    connection = sqlite3.connect(tmp_path / "keys.db")
    connection.executescript("DROP TRIGGER audit_is_not_cut; DELETE FROM audit WHERE sequence = 4;")
    connection.close()
    with KeyManager.open(tmp_path / "keys.db", root()) as manager:
        assert len(manager.audit()) == 3
        with pytest.raises(StoreError, match="anchored record 4"):
            manager.audit((last.sequence, last.hash))


def test_a_damaged_file_is_found(tmp_path: Path, clock: Clock) -> None:
    with make(tmp_path, clock) as manager:
        retired(manager)
    file = tmp_path / "keys.db"
    data = bytearray(file.read_bytes())
    data[4096 * 2 : 4096 * 6] = bytes(4096 * 4)
    file.write_bytes(data)
    with pytest.raises((StoreError, UnknownKeyError)), KeyManager.open(file, root()) as manager:
        manager.audit()
