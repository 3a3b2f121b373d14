"""A store that the first version made opens as today's, or is refused when it was forged."""

from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from keyaudit.remediation import (
    KeyManager,
    KeyState,
    KeyStateError,
    NoEnvelopes,
    StoreError,
    UnknownKeyError,
    read_header,
    upgrade_store,
)
from tests.remediation.killing import SUPPORTED, killed_at
from tests.remediation.lifecycle import CONTEXT, Clock, root

DATA = Path(__file__).parent / "data"
FACTS = json.loads((DATA / "store-of-version-1.json").read_text())
ENVELOPES = {int(n): bytes.fromhex(text) for n, text in FACTS["envelopes"].items()}
NOW = datetime.fromisoformat(FACTS["now"])


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store of version 1: of key `orders`, version 1 is destroyed, 2 scheduled, 3 compromised, 4
    primary; `mail` is not active yet."""
    made = tmp_path / "keys.db"
    made.write_bytes(gzip.decompress((DATA / "store-of-version-1.db.gz").read_bytes()))
    return made


@pytest.fixture
def old(place: str, file: Path) -> str:
    """The same in a store of either kind."""
    if "://" not in place:
        return str(file)
    with contextlib.closing(sqlite3.connect(file)) as source, psycopg.connect(place) as target:
        target.execute("CREATE SCHEMA keyaudit")
        target.execute("SET LOCAL search_path TO keyaudit")
        for table in ("meta", "keys", "versions", "aliases", "approvals", "reencryptions", "audit"):
            ddl = source.execute(
                "SELECT sql FROM sqlite_schema WHERE name = ?", (table,)
            ).fetchone()[0]
            words = ddl.replace("BLOB", "BYTEA").replace("REAL", "DOUBLE PRECISION")
            target.execute(words.removesuffix(" STRICT").encode())
            rows = source.execute(f"SELECT * FROM {table}").fetchall()
            for row in rows:
                marks = sql.SQL(", ").join(sql.Placeholder() for _ in row)
                target.execute(
                    sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(table), marks), row
                )
        target.execute("INSERT INTO meta VALUES ('format', '1')")
    return place


def test_an_old_store_is_what_it_was(old: str, clock: Clock) -> None:
    with pytest.raises(StoreError, match="keyaudit keys upgrade"):
        KeyManager.open(old, root())
    with pytest.raises(UnknownKeyError):
        upgrade_store(old, root(id="other"), by="ann")
    assert upgrade_store(old, root(), by="Ann", clock=clock) == 5
    with pytest.raises(StoreError, match="version 1"):
        upgrade_store(old, root(), by="ann")
    with KeyManager.open(old, root(), clock=clock) as manager:
        log = manager.audit()
        assert [record.action for record in log][-1] == "upgrade-store"
        assert [record.sequence for record in log] == list(range(1, 23))
        assert manager.names() == ("mail", "orders")
        states = [str(version.state) for version in manager.versions("orders")]
        assert states == ["destroyed", "deactivated", "compromised", "active"]
        cipher = manager.cipher("sales")
        assert cipher.decrypt(ENVELOPES[4], CONTEXT) == b"data 4"
        for number in (1, 2, 3):
            with pytest.raises(KeyStateError):
                cipher.decrypt(ENVELOPES[number], CONTEXT)
        hour = timedelta(hours=1)
        with manager.reactivate("orders", 3, by="ann", why="move", for_=hour):
            assert cipher.decrypt(ENVELOPES[3], CONTEXT) == b"data 3"
        first = manager.versions("orders")[0]
        assert first.certificate is not None
        assert manager.verify_certificate(first.certificate)["destroyed_by"] == "cyd"
        assert manager.policy("mail").approvals == 2
        assert manager.primary("orders").id == read_header(ENVELOPES[4]).key_id
        new = manager.rotate("orders", by="ann")
        assert new.number == 5
        assert new.id != read_header(cipher.encrypt(b"x", CONTEXT)).key_id + "x"
        # What was scheduled keeps its approval; a job that failed stays open.
        assert manager.requests("orders")[0].approved_by == ("bob",)
        clock.move(days=31)
        assert [job.is_open for job in manager.reencryptions("orders")] == [False, True]
        manager.abandon_reencryption("orders", "failed", by="ann", why="junk")
        manager.destroy("orders", 2, by="ann", envelopes=NoEnvelopes())
        assert manager.version("orders", 2).state is KeyState.DESTROYED
        manager.audit()


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE versions SET state = 'active' WHERE number = 3",
        "UPDATE versions SET state = 'deactivated' WHERE number = 3",
        "UPDATE versions SET destroy_at = '2026-01-02T00:00:00.000000+00:00' WHERE number = 2",
        "UPDATE versions SET destroy_at = NULL WHERE number = 2",
        "UPDATE versions SET reactivated_until = '2036-01-02T00:00:00.000000+00:00'"
        " WHERE number = 3",
        "UPDATE keys SET primary_number = 3 WHERE name = 'orders'",
        "UPDATE keys SET approvals = 0",
        "UPDATE keys SET retain_until = NULL",
        "UPDATE keys SET cryptoperiod = 1",
        "INSERT INTO approvals VALUES ('mail', 1, 'eve', '2026-01-02T00:00:00.000000+00:00')",
        "DELETE FROM approvals WHERE key = 'mail'",
        "UPDATE aliases SET key = 'mail'",
        "DELETE FROM versions WHERE number = 3",
    ],
)
def test_what_the_log_does_not_tell_is_not_sealed(forged: str, file: Path, clock: Clock) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(forged)
        connection.commit()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="not what the audit log tells"):
        upgrade_store(file, root(), by="ann", clock=clock)
    assert file.read_bytes() == before


@pytest.mark.skipif(not SUPPORTED, reason="traces system calls on Linux")
def test_a_kill_during_an_upgrade_leaves_the_old_store_or_the_new(file: Path, clock: Clock) -> None:
    original = file.read_bytes()
    seen = set()
    kills = 0
    while killed_at(kills, lambda: upgrade_store(file, root(), by="ann", clock=clock)):
        try:
            KeyManager.open(file, root(), clock=clock).close()
            seen.add("new")
        except StoreError:
            upgrade_store(file, root(), by="ann", clock=clock)
            seen.add("old")
        with KeyManager.open(file, root(), clock=clock) as manager:
            assert manager.cipher("orders").decrypt(ENVELOPES[4], CONTEXT) == b"data 4"
            manager.audit()
        for left in file.parent.iterdir():
            left.unlink()
        file.write_bytes(original)
        kills += 3
    assert seen == {"old", "new"}
