"""The SQLite file that keys live in: every change is one transaction, with its audit record."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from keyaudit.remediation.errors import StoreError, UnknownKeyError
from keyaudit.remediation.lifecycle.records import KeyVersion

VERSION = 1
_APPLICATION_ID = 0x4B415544  # "KAUD"

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    primary_number INTEGER,
    cryptoperiod REAL NOT NULL,
    approvals INTEGER NOT NULL,
    retain_until TEXT
) STRICT;
CREATE TABLE versions (
    key TEXT NOT NULL REFERENCES keys (name),
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    material BLOB,
    fingerprint BLOB NOT NULL,
    created TEXT NOT NULL,
    activated TEXT,
    deactivated TEXT,
    archived TEXT, archived_by TEXT, archived_why TEXT,
    reactivated_until TEXT,
    destroy_at TEXT, destroy_by TEXT, destroy_why TEXT,
    destroyed TEXT,
    certificate TEXT,
    PRIMARY KEY (key, number),
    CHECK ((material IS NULL) = (state = 'destroyed'))
) STRICT;
CREATE TABLE aliases (alias TEXT PRIMARY KEY, key TEXT NOT NULL REFERENCES keys (name)) STRICT;
CREATE TABLE approvals (
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    approver TEXT NOT NULL,
    time TEXT NOT NULL,
    PRIMARY KEY (key, number, approver)
) STRICT;
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""

SELECT_VERSION = (
    "SELECT versions.*, keys.primary_number FROM versions JOIN keys ON keys.name = versions.key "
)


class Store:
    """An open store. Threads may share it; several processes may have the file open."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def create(cls, file: Path) -> Store:
        """Make the file (mode 600), empty but for its tables; FileExistsError when it exists."""
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        store = cls(file, _connect(file))
        with store.write() as connection:
            for statement in _statements(_SCHEMA):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        return store

    @classmethod
    def open(cls, file: Path) -> Store:
        """Open a file that `create` made; FileNotFoundError, or `StoreError` for other files."""
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
        if found != (_APPLICATION_ID, VERSION):
            connection.close()
            raise StoreError(f"{file} is no key store of version {VERSION}")
        return cls(file, connection)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk when `with` ends, or none when it raises."""
        with self._lock, _as_store_error(self.file):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the store."""
        with self._lock, _as_store_error(self.file):
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if not nested:
                    self._connection.execute("COMMIT")

    def meta(self, name: str) -> bytes:
        """A value of the store itself; `StoreError` when it is missing."""
        with self.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise StoreError(f"{self.file} is incomplete: it lacks {name}")
        return bytes(row[0])

    def version(self, key: str, number: int, store_id: str) -> KeyVersion:
        """One version; `UnknownKeyError` when there is none."""
        with self.read() as connection:
            row = connection.execute(
                SELECT_VERSION + "WHERE versions.key = ? AND versions.number = ?", (key, number)
            ).fetchone()
        if row is None:
            raise UnknownKeyError(f"there is no version {number} of key {key!r}")
        return KeyVersion.of(row, store_id)

    def check(self) -> None:
        """Raise `StoreError` when the file's structure is damaged."""
        with self.read() as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            raise StoreError(f"{self.file} is damaged: {answer}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


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


def _statements(script: str) -> Iterator[str]:
    """The statements of a script (`executescript` would commit the transaction)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextlib.contextmanager
def _as_store_error(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {error}") from None
