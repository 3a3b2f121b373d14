"""What every store gives: transactions over the same tables, and the few reads all share."""

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
    """Raise `StoreError` for tables of another version than the one that is wanted."""
    if found == wanted:
        return
    hint = "; `keyaudit keys upgrade` brings it up to date" if 0 < found < wanted else ""
    raise StoreError(f"{place} is no key store of version {wanted}{hint}")


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
        _open.add(self)

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

    def head(self) -> Row | None:
        """The head's row, in one statement and no transaction."""
        with self._lock, self._as_store_error():
            return self._head()

    @abstractmethod
    def _head(self) -> Row | None: ...

    @abstractmethod
    def time(self, connection: Connection) -> datetime:
        """The time that deadlines and waits go by, where nobody gives another clock: the machine's,
        or that of the server that all who share the store ask."""

    def mark(self, ahead: timedelta) -> str | None:
        """What `passed_since` takes, for a wait that ends then; None where the server's time is
        taken."""
        return None

    def passed_since(self, mark: str | None) -> timedelta | None:
        """How much time passed since `mark` (below 0 before it) by a clock that nobody sets; None
        when that cannot be told."""
        return None

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
    def replace_tables(self, connection: Connection) -> None:
        """Within `write`: remove the tables of an older version, and make empty ones of this."""

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

    @abstractmethod
    def _handle(self) -> object:
        """The database's own connection."""

    def _leave_to_parent(self) -> None:
        """In a forked child: never touch the connection, which is the parent's. Closing it would
        end the parent's session, or undo its transaction; so not even its finalizer may run."""
        self._lock = threading.RLock()  # another thread of the parent may have held it
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._handle()))


def _after_fork() -> None:
    for store in list(_open):
        store._leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
