"""The interface of all stores: transactions over the same tables."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from keyaudit.remediation.errors import StoreError

VERSION = 2
"""Of the tables; a release opens the stores of its own version, and `upgrade` older ones."""
_open: weakref.WeakSet[Store] = weakref.WeakSet()


def check_format(place: str, found: int, wanted: int) -> None:
    """Raise `StoreError` when the tables have another version than `wanted`."""
    if found == wanted:
        return
    hint = "; `keyaudit keys upgrade` brings it up to date" if 0 < found < wanted else ""
    raise StoreError(f"{place} is no key store of version {wanted}{hint}")


class Row(Protocol):
    """A row of a result, indexed by column name."""

    def __getitem__(self, name: str, /) -> Any: ...


class Rows(Protocol):
    """The result of a statement."""

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> Sequence[Row]: ...

    def __iter__(self) -> Iterator[Row]: ...


class Connection(Protocol):
    """Executes SQL statements that both databases understand, with `?` for each value."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Rows: ...


class Store(ABC):
    """An open store. Threads may share it, and several processes may have the same one open.

    `place`: its path or URL for messages, without a password.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._lock = threading.RLock()
        _open.add(self)

    @property
    def location(self) -> str:
        """The store's path or URL in one spelling, to tell whether two names lead to one store."""
        return self.place

    @abstractmethod
    def check_objects(self, connection: Connection) -> None:
        """Raise `StoreError` when the database does more with the store's tables than keep them:
        triggers and rules that are not the store's own could keep what is destroyed."""

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Context manager that gives one writing transaction: it is on disk when the block ends, or
        undone when the block raises. No other process writes meanwhile."""
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
        """Context manager that gives one consistent view of the store; within `write`, the
        connection of its transaction."""
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

    def head(self) -> Row | None:
        """The head's row, read in one statement without a transaction."""
        with self._lock, self._as_store_error():
            return self._head()

    @abstractmethod
    def _head(self) -> Row | None: ...

    @abstractmethod
    def time(self, connection: Connection) -> datetime:
        """The time for deadlines and waits when no clock was given: the machine's clock, or the
        clock of the database server that all users of the store share."""

    def mark(self, ahead: timedelta) -> str | None:
        """A mark for `passed_since`, at `ahead` from now; None where the server's clock is used."""
        return None

    def passed_since(self, mark: str | None) -> timedelta | None:
        """The time since `mark` (negative before it), on a clock that cannot be set; None when
        unknown."""
        return None

    @property
    @abstractmethod
    def removal(self) -> str:
        """How a destroyed key is removed from this store, and where copies may remain; for its
        certificate."""

    @abstractmethod
    def check(self) -> None:
        """Raise `StoreError` when the store's files are damaged, as far as that can be detected."""

    @abstractmethod
    def scrub(self) -> None:
        """Remove deleted data from the database's files after a destruction, as far as possible.
        Raises no database errors: the key is gone from the tables in any case."""

    @abstractmethod
    def replace_tables(self, connection: Connection) -> None:
        """Within `write`: remove the tables of an older version, and create empty ones of this
        version."""

    @abstractmethod
    def close(self) -> None:
        """Close the store."""

    @abstractmethod
    def _begin(self, *, writes: bool) -> Connection: ...

    @abstractmethod
    def _current(self) -> Connection | None:
        """The connection, when a transaction is open on it; else None."""

    @abstractmethod
    def _commit(self) -> None: ...

    @abstractmethod
    def _roll_back(self) -> None:
        """Undo the transaction, if it is still open."""

    @abstractmethod
    def _as_store_error(self) -> contextlib.AbstractContextManager[None]:
        """Context manager that turns the database's errors into `StoreError`."""

    @abstractmethod
    def _handle(self) -> object:
        """The database's own connection."""

    def _leave_to_parent(self) -> None:
        """In a forked child: never use the connection, which belongs to the parent. Closing it
        would end the parent's session or undo its transaction, so not even its finalizer may
        run."""
        self._lock = threading.RLock()  # another thread of the parent may have held it
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._handle()))


def _after_fork() -> None:
    for store in list(_open):
        store._leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
