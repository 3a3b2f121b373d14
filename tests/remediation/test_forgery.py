"""Who can write the database, but has not the root key, changes nothing unnoticed."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from keyaudit.remediation import (
    KeyManager,
    KeyPolicy,
    KeyStateError,
    NoEnvelopes,
    StoreError,
    UnknownKeyError,
    read_header,
)
from keyaudit.remediation.lifecycle.stores.schema import HEAD, TABLES, USAGE
from tests.remediation import postgresql
from tests.remediation.lifecycle import CONTEXT, Clock, Saved, approve, root

COLUMNS = [
    (table.name, column)
    for table in (*TABLES.values(), HEAD, USAGE)
    for column in (*table.columns, "seal")
    if (table.name, column) not in {("head", "one"), ("usage", "id")}
]


def fill(manager: KeyManager) -> bytes:
    """Rows in every table; an envelope under version 1 of `orders`, which is compromised."""
    policy = KeyPolicy(timedelta(days=90), 1, when_over="warn")
    manager.create_key("orders", by="ann", policy=policy)
    manager.set_alias("sales", "orders", by="ann")
    cipher = manager.cipher("orders")
    envelope = cipher.encrypt(b"data", CONTEXT)
    cipher.decrypt(envelope, CONTEXT)
    manager.compromise("orders", 1, by="ann", why="lost")
    rows = Saved({1: cipher.encrypt(b"more", CONTEXT)})
    manager.reencrypt("orders", [(1, rows[1], CONTEXT)], rows.save, by="ann", job="mail")
    approve(manager)
    manager.schedule_destruction("orders", 1, by="ann", why="w", envelopes=NoEnvelopes(), days=30)
    manager.note_usage()
    return envelope


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("filled") / "keys.db"
    with KeyManager.create(file, root(), clock=Clock()) as manager:
        fill(manager)
    return file


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(filled, tmp_path / "keys.db"))


@contextlib.contextmanager
def written(file: Path) -> Iterator[sqlite3.Connection]:
    """The database, as who stole its password has it."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;"
            "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;"
        )
        yield connection
        connection.commit()


def use_everything(file: Path) -> None:
    """What reads the rows: opening, and asking for what is in none of the head's counts."""
    with KeyManager.open(file, root(), clock=Clock()) as manager:
        manager.audit()
        for version in manager.versions("orders"):
            manager.usage("orders", version.number)


@pytest.mark.parametrize("table", sorted({table for table, _ in COLUMNS}))
def test_no_column_is_believed_unread(table: str, store: Path) -> None:
    use_everything(store)
    original = store.read_bytes()
    for column in [column for name, column in COLUMNS if name == table]:
        for how in ("other", "unparsable", "null"):
            store.write_bytes(original)
            if not forge(store, table, column, how):
                continue  # the database itself refuses
            with pytest.raises((StoreError, UnknownKeyError) if table == "meta" else StoreError):
                use_everything(store)


def forge(store: Path, table: str, column: str, how: str) -> bool:
    """Write something else into a column of every row; whether that could be done."""
    with written(store) as connection:
        old = connection.execute(f"SELECT max({column}) FROM {table}").fetchone()[0]
        if how == "null":
            new: object = None
        elif isinstance(old, bytes):
            new = bytes(len(old)) if how == "other" else b"\xff"
        elif isinstance(old, int | float):
            new = old + 1 if how == "other" else -1
        else:
            new = "2026-01-01T00:00:00.000000+00:00" if how == "other" else "\N{SNOWMAN}"
        if new == old:
            new = "other"
        try:
            return connection.execute(f"UPDATE {table} SET {column} = ?", (new,)).rowcount > 0
        except sqlite3.IntegrityError:
            return False


@pytest.mark.parametrize("table", [*TABLES, "head", "usage", "audit"])
def test_no_row_is_removed_or_added_unnoticed(table: str, store: Path) -> None:
    original = store.read_bytes()
    with written(store) as connection:
        connection.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
    with pytest.raises(StoreError):
        use_everything(store)
    store.write_bytes(original)
    if table in TABLES:
        first = TABLES[table].key[-1]
        columns = ", ".join(
            f"'1' || {name}" if name == first or name == "id" else name
            for name in (*TABLES[table].columns, "seal")
        )
        with written(store) as connection:
            connection.execute(f"INSERT INTO {table} SELECT {columns} FROM {table} LIMIT 1")
        with pytest.raises(StoreError):
            use_everything(store)


def test_a_row_is_not_put_back_to_what_it_was(tmp_path: Path) -> None:
    """The old row has its own good seal: a compromised version would be primary again."""
    file, clock = tmp_path / "keys.db", Clock()
    manager = KeyManager.create(file, root(), clock=clock)
    manager.create_key("orders", by="ann")
    envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        saved = {
            table: connection.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("keys", "versions", "head")
        }
    manager.compromise("orders", 1, by="ann", why="lost")
    for tables in (("versions",), ("keys", "versions"), ("keys", "versions", "head")):
        copy = Path(shutil.copyfile(file, tmp_path / "copy.db"))
        with written(copy) as connection:
            for table in tables:
                connection.execute(f"DELETE FROM {table}")
                marks = ", ".join("?" for _ in saved[table][0])
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", saved[table])
        with pytest.raises(StoreError):
            use_everything(copy)
    # Nor for who has the store open.
    with written(file) as connection:
        connection.execute("DELETE FROM versions WHERE number = 1")
        marks = ", ".join("?" for _ in saved["versions"][0])
        connection.execute(f"INSERT INTO versions VALUES ({marks})", saved["versions"][0])
    with pytest.raises(StoreError, match="put back to an older state"):
        manager.cipher("orders").decrypt(envelope, CONTEXT)
    manager.close()


def test_a_store_put_back_while_it_is_open_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "keys.db"
    manager = KeyManager.create(file, root(), clock=Clock())
    manager.create_key("orders", by="ann")
    tables = ("keys", "versions", "head", "audit", "usage")
    with contextlib.closing(sqlite3.connect(file)) as connection:
        saved = {each: connection.execute(f"SELECT * FROM {each}").fetchall() for each in tables}
    manager.compromise("orders", 1, by="ann", why="lost")
    with written(file) as connection:
        for table, rows in saved.items():
            connection.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    for _ in range(2):
        with pytest.raises(StoreError, match="older state"):
            manager.primary("orders")
    manager.close()


def test_what_the_review_forged_is_refused_in_postgresql(database: str) -> None:
    with KeyManager.create(database, root(), clock=Clock()) as manager:
        envelope = fill(manager)
        assert len(manager.audit()) > 5
        for forged in (
            "UPDATE keyaudit.versions SET state = 'active' WHERE number = 1",
            "UPDATE keyaudit.keys SET primary_number = 1, approvals = 0",
            "UPDATE keyaudit.versions SET destroy_at = '2025-01-01T00:00:00.000000+00:00'"
            " WHERE number = 1",
            "INSERT INTO keyaudit.approvals SELECT key, request, 'eve', time, NULL, seal"
            " FROM keyaudit.approvals",
            "UPDATE keyaudit.keys SET retain_until = NULL, cryptoperiod = 1",
            "DELETE FROM keyaudit.reencryptions",
        ):
            postgresql.run(
                database, "CREATE TABLE keyaudit.kept AS SELECT * FROM keyaudit.versions",
                "CREATE TABLE keyaudit.kept_keys AS SELECT * FROM keyaudit.keys",
                "CREATE TABLE keyaudit.kept_approvals AS SELECT * FROM keyaudit.approvals",
                "CREATE TABLE keyaudit.kept_jobs AS SELECT * FROM keyaudit.reencryptions",
                forged,
            )  # fmt: skip
            with pytest.raises(StoreError):
                manager.audit()
            with pytest.raises((StoreError, KeyStateError)):
                manager.cipher("orders").decrypt(envelope, CONTEXT)
            with pytest.raises(StoreError):
                KeyManager.open(database, root(), clock=Clock())
            for table, kept in (("versions", "kept"), ("keys", "kept_keys"),
                                ("approvals", "kept_approvals"),
                                ("reencryptions", "kept_jobs")):  # fmt: skip
                postgresql.run(
                    database,
                    f"DELETE FROM keyaudit.{table}",
                    f"INSERT INTO keyaudit.{table} SELECT * FROM keyaudit.{kept}",
                    f"DROP TABLE keyaudit.{kept}",
                )
            manager.audit()


def test_a_certificate_under_a_forged_key_is_none(filled: Path, tmp_path: Path) -> None:
    """A public key in the database is not where a certificate is checked."""
    with KeyManager.open(filled, root(), clock=Clock()) as manager:
        columns = TABLES["meta"].columns
        assert "signing-public" not in columns
        with manager._read() as view:
            assert view.find("meta", "signing-public") is None
        assert len(manager.certificate_key) == 32


def test_an_older_copy_and_a_rotation_name_no_two_keys_alike(filled: Path, tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        copy = shutil.copyfile(filled, tmp_path / name)
        with KeyManager.open(copy, root(), clock=Clock()) as manager:
            manager.rotate("orders", by="ann")
            ids.append(read_header(manager.cipher("orders").encrypt(b"x", CONTEXT)).key_id)
    assert ids[0] != ids[1]
    assert ids[0].rpartition("-")[0] == ids[1].rpartition("-")[0]
