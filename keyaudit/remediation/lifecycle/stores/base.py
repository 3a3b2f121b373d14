"""What every store gives: transactions over the same tables, and the few reads all share."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from keyaudit.remediation.errors import StoreError, UnknownKeyError

if TYPE_CHECKING:
    from keyaudit.remediation.lifecycle.records import KeyVersion

VERSION = 1
"""Of the tables; a release opens the stores of its own version."""

SELECT_VERSION = (
    "SELECT versions.*, keys.primary_number FROM versions JOIN keys ON keys.name = versions.key "
)


class Row(Protocol):
    """A row of an answer, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


class Rows(Protocol):
    """The answer to a statement."""

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> Sequence[Row]: ...

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """Runs statements of SQL, in the words that both databases know, with `?` for each value."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Rows: ...


class Store(ABC):
    """An open store. Threads may share it, and several processes may have the same one open.

    `place` names it in messages, without a password.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is on disk when `with` ends, or none when it raises. No
        other process writes meanwhile."""
        with self._lock, self._as_store_error():
            connection = self._begin(writes=True)
            try:
                yield connection
                self._commit()
            except BaseException:
                self._roll_back()
                raise

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the store; within `write`, that of its transaction."""
        with self._lock, self._as_store_error():
            inner = self._current()
            if inner is not None:
                yield inner
                return
            connection = self._begin(writes=False)
            try:
                yield connection
            finally:
                self._roll_back()

    def meta(self, name: str) -> bytes:
        """A value of the store itself; `StoreError` when it is missing."""
        with self.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise StoreError(f"{self.place} is incomplete: it lacks {name}")
        return bytes(row["value"])

    def version(self, key: str, number: int, store_id: str) -> KeyVersion:
        """One version; `UnknownKeyError` when there is none."""
        from keyaudit.remediation.lifecycle.records import KeyVersion

        with self.read() as connection:
            row = connection.execute(
                SELECT_VERSION + "WHERE versions.key = ? AND versions.number = ?", (key, number)
            ).fetchone()
        if row is None:
            raise UnknownKeyError(f"there is no version {number} of key {key!r}")
        return KeyVersion.of(row, store_id)

    @property
    @abstractmethod
    def removal(self) -> str:
        """How a destroyed key leaves this store, and where copies of it may stay: for its
        certificate."""

    @abstractmethod
    def check(self) -> None:
        """Raise `StoreError` when the store is damaged, as far as it can tell."""

    @abstractmethod
    def scrub(self) -> None:
        """After a destruction: have what was removed leave the database's files, as far as it
        can be had now. Raises nothing: the key is gone from the tables in any case."""

    @abstractmethod
    def close(self) -> None:
        """Close the store."""

    @abstractmethod
    def _begin(self, *, writes: bool) -> Connection: ...

    @abstractmethod
    def _current(self) -> Connection | None:
        """The connection, when it is within a transaction."""

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def _roll_back(self) -> None:
        """Undo the transaction, if there still is one."""

    @abstractmethod
    def _as_store_error(self) -> contextlib.AbstractContextManager[None]:
        """Turns the database's own errors into `StoreError`."""
