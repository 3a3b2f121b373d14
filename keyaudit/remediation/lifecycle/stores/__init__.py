"""Where keys are kept: a file of SQLite, or a database of PostgreSQL that several processes share.

Both hold the same tables, and do the same: every change is one transaction, one writer at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from keyaudit.remediation.lifecycle.stores.base import VERSION, Connection, Store

Place = str | os.PathLike[str]
"""A file's path, or the URL of a PostgreSQL database: `postgresql://host/database`."""


def create_store(place: Place, fill: Callable[[Connection], object]) -> None:
    """Make a store whose tables hold what `fill` puts in them, whole or not at all.

    Raises FileExistsError when there is one, `StoreError`, `MissingBackendError` without psycopg,
    OSError, and what `fill` raises.
    """
    if _is_url(place):
        from keyaudit.remediation.lifecycle.stores.postgresql import PostgresqlStore

        PostgresqlStore.create(str(place), fill)
    else:
        from keyaudit.remediation.lifecycle.stores.sqlite import SqliteStore

        SqliteStore.create(Path(place), fill)


def open_store(place: Place, *, version: int = VERSION) -> Store:
    """A store that `create_store` made, of that version of the tables. Raises FileNotFoundError
    when there is none, `StoreError` for anything else, `MissingBackendError` without psycopg."""
    if _is_url(place):
        from keyaudit.remediation.lifecycle.stores.postgresql import PostgresqlStore

        return PostgresqlStore.open(str(place), version)
    from keyaudit.remediation.lifecycle.stores.sqlite import SqliteStore

    return SqliteStore.open(Path(place), version)


def _is_url(place: Place) -> bool:
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))
