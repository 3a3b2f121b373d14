"""A store in an SQLite file: every change is one transaction, with its audit record."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle.clocks import SystemClock
from keyaudit.remediation.lifecycle.stores.base import VERSION, Connection, Row, Store, check_format
from keyaudit.remediation.lifecycle.stores.schema import tables
from keyaudit.remediation.wrapping.files import link_new, naming, sync_folder

_CHECK = "PRAGMA integrity_check"
_APPLICATION_ID = 0x4B415544  # "KAUD"

_SCHEMA = (
    tables(bytes="BLOB", real="REAL", counter="INTEGER", table=" STRICT")
    + """
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""
)


class SqliteStore(Store):
    """A store in one SQLite file."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        super().__init__(str(file))
        self._connection = connection
        self._clock = SystemClock()

    @classmethod
    def create(cls, file: Path, fill: Callable[[Connection], object]) -> None:
        """See `create_store`. The file's mode is 600."""
        # Made aside and then linked to its name, so that a half-made store never bears it.
        aside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        with naming(file):
            os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with (
                contextlib.closing(cls(aside, _connect(aside))) as store,
                store.write() as connection,
            ):
                _make_tables(connection)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                fill(connection)
            link_new(aside, file)
        finally:
            aside.unlink(missing_ok=True)
        sync_folder(file.parent)

    @classmethod
    def open(cls, file: Path, version: int = VERSION) -> SqliteStore:
        """See `open_store`."""
        if not file.exists():
            raise FileNotFoundError(f"{file} is not there")
        try:
            connection = _connect(file)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{file} is no key store: {error}") from None
        found = tuple(
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        )
        try:
            check_format(str(file), found[1] if found[0] == _APPLICATION_ID else 0, version)
        except StoreError:
            connection.close()
            raise
        return cls(file, connection)

    @property
    def location(self) -> str:
        """See `Store`."""
        return os.path.realpath(self.place)

    def check_objects(self, connection: Connection) -> None:
        """See `Store`."""
        for row in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"):
            if _one_line(row["sql"]) not in _TRIGGERS:
                raise StoreError(
                    f"{self.place} has a trigger that is not the store's: {row['name']!r}"
                )

    @property
    def removal(self) -> str:
        return (
            "the wrapped key was overwritten with zeros in the store's file and removed. Copies of "
            "the file made before (backups, snapshots, blocks that a solid-state disk or a "
            "copy-on-write file system kept) hold it still"
        )

    def check(self) -> None:
        """Raise `StoreError` when the file's structure is damaged."""
        with self.read() as connection:
            answers = [row["integrity_check"] for row in connection.execute(_CHECK)]
        if answers != ["ok"]:
            raise StoreError(f"{self.place} is damaged: {answers[0]}")

    def scrub(self) -> None:
        """Does nothing: the transaction itself has overwritten what it deleted
        (`secure_delete`)."""

    def replace_tables(self, connection: Connection) -> None:
        """See `Store`."""
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for row in found.fetchall():
            connection.execute(f"DROP TRIGGER {row['name']}")
        # What refers to others first.
        for table in ("approvals", "reencryptions", "aliases", "versions", "keys", "audit", "meta"):
            connection.execute(f"DROP TABLE {table}")
        _make_tables(connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def time(self, connection: Connection) -> datetime:
        """The time by the machine's clock."""
        return self._clock()

    def mark(self, ahead: timedelta) -> str | None:
        """See `Store`."""
        return self._clock.mark(ahead)

    def passed_since(self, mark: str | None) -> timedelta | None:
        """See `Store`."""
        return self._clock.passed_since(mark)

    def _head(self) -> Row | None:
        row: Row | None = self._connection.execute("SELECT * FROM head").fetchone()
        return row

    def _handle(self) -> object:
        return self._connection

    def _begin(self, *, writes: bool) -> Connection:
        self._connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        return self._connection

    def _current(self) -> Connection | None:
        return self._connection if self._connection.in_transaction else None

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.place}: {error}") from None


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=30.0, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        for pragma in (
            "foreign_keys = ON",
            "secure_delete = ON",  # what is deleted is overwritten with zeros in the file
            "synchronous = EXTRA",  # durable once committed, the journal's unlinking included
            "trusted_schema = OFF",
            "schema_version",  # reads the file, so that one that is no database shows here
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: Connection) -> None:
    for statement in _statements(_SCHEMA):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one (`executescript` would commit the transaction)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _one_line(statement: str) -> str:
    return " ".join(statement.split()).removesuffix(";")


_TRIGGERS = {_one_line(each) for each in _statements(_SCHEMA) if "CREATE TRIGGER" in each}
