"""Copies a whole store: for a backup, its restoration, or a move to another database."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle.anchors import AnchorKeeper
from keyaudit.remediation.lifecycle.manager import KeyManager
from keyaudit.remediation.lifecycle.stores import create_store
from keyaudit.remediation.lifecycle.stores.base import Connection
from keyaudit.remediation.lifecycle.stores.schema import HEAD, TABLES, USAGE
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_AUDIT = ("sequence", "time", "actor", "action", "key", "number", "detail", "changes", "hash")
_COLUMNS: dict[str, Sequence[str]] = {
    **{name: (*table.columns, "seal") for name, table in TABLES.items()},
    USAGE.name: (*USAGE.columns, "seal"),
    "audit": _AUDIT,
    HEAD.name: (*HEAD.columns, "seal"),
}


def copy_store(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    root: KeyEncryptionKey,
    *,
    anchors: AnchorKeeper | None = None,
) -> tuple[int, bytes]:
    """Copy a store to a new place, and verify the copy. Returns the sequence and hash of its last
    audit record.

    `source`, `target`: the path of a file or the URL of a PostgreSQL database; nothing may exist at
    the target. The copy is one consistent view, verified row by row; it is complete or not made at
    all. It opens with the same root key, so keep backups of that key in another place. Versions
    destroyed after a copy was made are still in the copy. `anchors` as for `KeyManager.open`, for
    source and target. Raises FileExistsError, `AuditLogError`,
    `StoreError`, and as `KeyManager.open`.
    """
    with KeyManager.open(source, root, anchors=anchors) as manager:
        manager.audit()
        with manager._read() as view:
            rows = {name: _rows(view.connection, name) for name in _COLUMNS}
        last = manager.audit()[-1]

    def fill(connection: Connection) -> None:
        for name, columns in _COLUMNS.items():
            marks = ", ".join("?" for _ in columns)
            sql = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
            for row in rows[name]:
                connection.execute(sql, row)

    create_store(target, fill)
    with KeyManager.open(target, root, anchors=anchors) as copy:
        records = copy.audit()
    if records[-1].sequence > last.sequence:
        raise StoreError(f"{target} is not the copy that was made")
    return records[-1].sequence, records[-1].hash


def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    found = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    return [tuple(row[name] for name in _COLUMNS[table]) for row in found]
