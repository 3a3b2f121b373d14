"""Keeps the results of documents between scans, in SQLite in the user's cache folder.

The key of a row is a digest of everything its result was made from, except for the other files that
the result depends on; the reader must check those. Rows contain what reports contain: findings with
masked lines, and no secrets. The cache only saves time, so any fault in it is answered by doing
without it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

_FORMAT = 2  # of the tables; another one is made anew
_NAME = "results.sqlite3"
MAX_BYTES = 128 << 20
_TABLE = """
    CREATE TABLE IF NOT EXISTS results (
        key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL
    ) WITHOUT ROWID
"""
_CHUNK = 2000
_DIGEST = 16  # bytes
_BUFFERED = 1000


class Cache:
    """Results by key, opened by `open_cache`. Must not be used in a forked process."""

    def __init__(self, connection: sqlite3.Connection, lock: int, max_bytes: int) -> None:
        self._connection = connection
        self._lock = lock
        self._max_bytes = max_bytes
        self._today = int(time.time() // 86400)
        self._new: list[tuple[bytes, bytes, int]] = []
        self._usable = True
        # Whether it held nothing when it was opened: then no document need be read to be looked up.
        self.is_new = self._is_empty()

    def _is_empty(self) -> bool:
        try:
            return self._connection.execute("SELECT 1 FROM results LIMIT 1").fetchone() is None
        except sqlite3.Error:
            self._usable = False
            return False

    def lookup(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are in the cache; damaged ones are left out."""
        found: dict[bytes, bytes] = {}
        old: list[tuple[int, bytes]] = []
        try:
            for chunk in _chunks(keys, _CHUNK):
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, value, used FROM results WHERE key IN ({marks})"  # noqa: S608
                for key, value, used in self._connection.execute(query, chunk):
                    kept = _checked(key, value)
                    if kept is None:
                        continue  # damaged: it is looked at again, and replaced
                    found[key] = kept
                    if used < self._today:
                        old.append((self._today, key))
        except sqlite3.Error:
            self._usable = False
            return {}
        if old:
            self._write("UPDATE results SET used = ? WHERE key = ?", old)
        return found

    def add(self, key: bytes, value: bytes) -> None:
        """Keeps a value. Values are written in groups, at the latest by `close`."""
        self._new.append((key, _digest(key, value) + value, self._today))
        if len(self._new) >= _BUFFERED:
            self._flush()

    def close(self) -> None:
        """Writes pending values, and makes room if the cache has become too large.

        Then the half that was used least recently is deleted.
        """
        wrote = bool(self._new)
        self._flush()
        if wrote and self._usable:
            with contextlib.suppress(sqlite3.Error):
                self._prune()
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        os.close(self._lock)

    def _flush(self) -> None:
        rows, self._new = self._new, []
        if rows:
            self._write("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        if not self._usable:
            return
        try:
            with self._connection:
                self._connection.executemany(statement, rows)
        except sqlite3.Error:
            self._usable = False  # locked for long, read-only, or the disk is full

    def _prune(self) -> None:
        """The half that was used least lately goes when the limit is passed."""
        (size,) = self._connection.execute(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        ).fetchone()
        if size > self._max_bytes:
            with self._connection:
                self._connection.execute(
                    "DELETE FROM results WHERE key IN (SELECT key FROM results ORDER BY used"
                    " LIMIT (SELECT (count(*) + 1) / 2 FROM results))"
                )


def _digest(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(key + value, digest_size=_DIGEST).digest()


def _checked(key: bytes, row: object) -> bytes | None:
    """The value of a row, when it is as it was written."""
    if not isinstance(row, bytes):
        return None
    value = row[_DIGEST:]
    return value if _digest(key, value) == row[:_DIGEST] else None


def open_cache(folder: Path, *, max_bytes: int = MAX_BYTES) -> Cache | None:
    """Opens the cache in a folder, creating it if needed; None if that is not possible or safe.

    It is not safe if another user owns the folder or may write to it. A damaged file, or one of
    another version, is replaced. Above `max_bytes`, old values are deleted.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o022:
            return None
        lock = os.open(folder / (_NAME + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        connection = _connect(folder, lock)
    except (sqlite3.Error, OSError):
        connection = None
    if connection is None:
        os.close(lock)
        return None
    return Cache(connection, lock, max_bytes)


def _connect(folder: Path, lock: int) -> sqlite3.Connection | None:
    """Everyone who uses the file holds a shared lock; who replaces it, an exclusive one."""
    fcntl.flock(lock, fcntl.LOCK_SH)
    try:
        return _opened(folder / _NAME)
    except sqlite3.OperationalError:
        return None  # locked, or not writable
    except sqlite3.DatabaseError:
        pass
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None  # somebody is using it, or is replacing it just now
    for end in ("", "-wal", "-shm"):
        (folder / (_NAME + end)).unlink(missing_ok=True)
    connection = _opened(folder / _NAME)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return connection


def _opened(file: Path) -> sqlite3.Connection:
    """Raises sqlite3.DatabaseError for a damaged file and for one of another version."""
    made = not file.exists()
    if made:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(file, timeout=5.0)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _FORMAT):
            raise sqlite3.DatabaseError("another version")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            with connection:
                connection.execute(_TABLE)
                connection.execute(f"PRAGMA user_version = {_FORMAT}")
        connection.execute("SELECT key, value, used FROM results LIMIT 1").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _chunks(items: Sequence[bytes], size: int) -> Iterator[list[bytes]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
