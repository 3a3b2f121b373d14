"""The record of what was done with keys, and what shows that it was changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from keyaudit.remediation import (
    AnchorFolder,
    AuditLogError,
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
        ("ann", "request-destruction", "orders", 1),
        ("bob", "approve", "orders", None),
        ("bob", "archive", "orders", 1),
    ]
    assert log[-1].detail == {"why": "old"}
    anchor = (log[-1].sequence, log[-1].hash)
    manager.rotate("orders", by="ann")
    assert len(manager.audit(anchor)) == 7
    with pytest.raises(StoreError, match="anchored"):
        manager.audit((8, log[-1].hash))


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


def test_a_log_cut_short_is_found(tmp_path: Path, clock: Clock) -> None:
    with make(tmp_path, clock) as manager:
        retired(manager)
    connection = sqlite3.connect(tmp_path / "keys.db")
    connection.executescript("DROP TRIGGER audit_is_not_cut; DELETE FROM audit WHERE sequence = 5;")
    connection.close()
    with (
        pytest.raises(AuditLogError, match=r"cut short|does not end where"),
        KeyManager.open(tmp_path / "keys.db", root(), clock=clock) as manager,
    ):
        manager.audit()


def test_an_older_copy_is_found_by_its_anchor(tmp_path: Path, clock: Clock) -> None:
    file, anchors = tmp_path / "keys.db", AnchorFolder(tmp_path / "anchors")
    KeyManager.create(file, root(), clock=clock, anchors=anchors).close()
    copy = file.read_bytes()
    with KeyManager.open(file, root(), clock=clock, anchors=anchors) as manager:
        retired(manager)
        last = manager.audit()[-1]
    file.write_bytes(copy)
    with KeyManager.open(file, root(), clock=clock) as manager:
        assert len(manager.audit()) == 1
        with pytest.raises(StoreError, match="anchored record 5"):
            manager.audit((last.sequence, last.hash))
        # Who goes on from the copy names no key as one was named before.
        retired(manager)
        assert len(manager.audit()) == 5
    with pytest.raises(AuditLogError, match="put back to an older state"):
        KeyManager.open(file, root(), clock=clock, anchors=anchors)


def test_a_damaged_file_is_found(tmp_path: Path, clock: Clock) -> None:
    with make(tmp_path, clock) as manager:
        retired(manager)
    file = tmp_path / "keys.db"
    data = bytearray(file.read_bytes())
    data[4096 * 2 : 4096 * 6] = bytes(4096 * 4)
    file.write_bytes(data)
    with pytest.raises((StoreError, UnknownKeyError)), KeyManager.open(file, root()) as manager:
        manager.audit()
