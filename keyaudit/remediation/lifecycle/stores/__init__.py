"""Stores for keys: an SQLite file, or a PostgreSQL database that several machines can share.

Both have the same tables and the same behaviour: every change is one transaction, and there is one
writer at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from keyaudit.remediation.lifecycle.stores.base import VERSION, Connection, Store

Place = str | os.PathLike[str]
"""A file's path, or the URL of a PostgreSQL database: `postgresql://host/database`."""


def create_store(place: Place, fill: Callable[[Connection], object]) -> None:
    """Create a store and let `fill` write its first rows, completely or not at all.

    Raises FileExistsError when it exists, `StoreError`, `MissingBackendError` without psycopg,
    OSError, and what `fill` raises.
    """
    if _is_url(place):
        from keyaudit.remediation.lifecycle.stores.postgresql import PostgresqlStore

        PostgresqlStore.create(str(place), fill)
    else:
        from keyaudit.remediation.lifecycle.stores.sqlite import SqliteStore

        SqliteStore.create(Path(place), fill)


def open_store(place: Place, *, version: int = VERSION) -> Store:
    """Open a store whose tables have that version. Raises FileNotFoundError when there is none,
    `StoreError` for another version and for what is no store, `MissingBackendError` without
    psycopg."""
    if _is_url(place):
        from keyaudit.remediation.lifecycle.stores.postgresql import PostgresqlStore

        return PostgresqlStore.open(str(place), version)
    from keyaudit.remediation.lifecycle.stores.sqlite import SqliteStore

    return SqliteStore.open(Path(place), version)


def _is_url(place: Place) -> bool:
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))
