"""Reads rows of a store and verifies their seals; writes rows with seals."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle import audit_log
from keyaudit.remediation.lifecycle.audit_log import RowChange
from keyaudit.remediation.lifecycle.ledger import Ledger
from keyaudit.remediation.lifecycle.seals import RowKey, Seals
from keyaudit.remediation.lifecycle.stores.base import Connection, Row
from keyaudit.remediation.lifecycle.stores.schema import TABLES
from keyaudit.remediation.secure_key import SecureKey

Values = dict[str, Any]
"""A row: column to value, without its seal."""


class View:
    """The rows of the store in one transaction. Every method raises `StoreError` when a row was
    changed, added, removed or rolled back by somebody else."""

    def __init__(
        self, connection: Connection, seals: Seals, ledger: Ledger, clock: Callable[[], datetime]
    ) -> None:
        self.connection = connection
        self._seals = seals
        self._ledger = ledger
        self._clock = clock
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The time in UTC, which stays the same within the transaction."""
        if self._now is None:
            self._now = self._clock()
        return self._now

    def find(self, table: str, *key: object) -> Values | None:
        """The row with that key; None when there is none."""
        names = TABLES[table].key
        where = " AND ".join(f"{name} = ?" for name in names)
        row = self.connection.execute(
            f"SELECT * FROM {table} WHERE {where}",  # noqa: S608
            key,
        ).fetchone()
        if row is None:
            if self._known(table, key) is not None:
                raise StoreError(f"a row of table {table!r} was removed by somebody else")
            return None
        return self._checked(table, row)

    def version_of_id(self, id: str) -> Values | None:
        """The row of the version with that id; None when there is none."""
        row = self.connection.execute("SELECT * FROM versions WHERE id = ?", (id,)).fetchone()
        return None if row is None else self._checked("versions", row)

    def all(self, table: str, first: object = None) -> list[Values]:
        """All rows of a table, or those whose key begins with `first`, sorted by key."""
        names = TABLES[table].key
        where = "" if first is None else f"WHERE {names[0]} = ?"
        rows = self.connection.execute(
            f"SELECT * FROM {table} {where} ORDER BY {', '.join(names)}",  # noqa: S608
            () if first is None else (first,),
        ).fetchall()
        found = [self._checked(table, row) for row in rows]
        if len(found) != self._expected(table, first):
            raise StoreError(f"rows of table {table!r} were removed by somebody else")
        return found

    def _checked(self, table: str, row: Row) -> Values:
        seal = self._seals.check(TABLES[table], row)
        known = self._known(table, tuple(row[name] for name in TABLES[table].key))
        if known is None or not hmac.compare_digest(seal, known):
            raise StoreError(
                f"a row of table {table!r} was put back to an older state by somebody else"
            )
        return {name: row[name] for name in TABLES[table].columns}

    def _known(self, table: str, key: RowKey) -> bytes | None:
        return self._ledger.seal(table, key)

    def _expected(self, table: str, first: object) -> int:
        return self._ledger.count(table, first)


class Change(View):
    """A view that can write. Rows that are written or removed become part of the next audit
    record."""

    def __init__(
        self,
        connection: Connection,
        seals: Seals,
        ledger: Ledger,
        clock: Callable[[], datetime],
        chain_key: SecureKey,
    ) -> None:
        super().__init__(connection, seals, ledger, clock)
        self._chain_key = chain_key
        self._pending: dict[tuple[str, RowKey], bytes | None] = {}
        self._done: dict[tuple[str, RowKey], bytes | None] = {}
        self.records: list[tuple[str, str, str, int | None, Mapping[str, object]]] = []
        """What was recorded: actor, action, key, number and detail."""
        self.last = (ledger.head.sequence, ledger.head.hash)

    def set_time(self, now: datetime) -> None:
        """Give the time of this change, in UTC, in place of the clock."""
        self._now = now

    def put(self, table: str, row: Values) -> None:
        """Insert a row, or replace the one with the same key."""
        key = tuple(row[name] for name in TABLES[table].key)
        self._put(table, row, is_there=self._known(table, key) is not None)

    def replace(self, table: str, row: Values) -> None:
        """Replace an existing row that has a seal of an older generation."""
        self._put(table, row, is_there=True)

    def remove(self, table: str, *key: object) -> None:
        """Remove the row with that key, which has to exist."""
        where = " AND ".join(f"{name} = ?" for name in TABLES[table].key)
        self.connection.execute(f"DELETE FROM {table} WHERE {where}", key)  # noqa: S608
        self._pending[table, key] = None

    def _put(self, table: str, row: Values, *, is_there: bool) -> None:
        known = TABLES[table]
        key = tuple(row[name] for name in known.key)
        row = row | {"seal": self._seals.of_row(known, row)}
        if is_there:
            names = ", ".join(f"{name} = ?" for name in row)
            where = " AND ".join(f"{name} = ?" for name in known.key)
            sql = f"UPDATE {table} SET {names} WHERE {where}"  # noqa: S608
            self.connection.execute(sql, (*row.values(), *key))
        else:
            names, marks = ", ".join(row), ", ".join("?" for _ in row)
            sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            self.connection.execute(sql, tuple(row.values()))
        self._pending[table, key] = row["seal"]

    def record(
        self, by: str, action: str, key: str, number: int | None, detail: Mapping[str, object]
    ) -> None:
        """Add an audit record that covers what was written since the last one."""
        changes: list[RowChange] = [(*row, seal) for row, seal in self._pending.items()]
        about = (self.now, by, action, key, number)
        self.last = audit_log.append(
            self.connection, self._chain_key, self.last, about, detail, changes
        )
        self.records.append((by, action, key, number, detail))
        self._done |= self._pending
        self._pending = {}

    def changes(self) -> Iterator[RowChange]:
        """All rows that were written and recorded, with their seals."""
        return ((*row, seal) for row, seal in self._done.items())

    def _known(self, table: str, key: RowKey) -> bytes | None:
        for written in (self._pending, self._done):
            if (table, key) in written:
                return written[table, key]
        return super()._known(table, key)

    def _expected(self, table: str, first: object) -> int:
        expected = super()._expected(table, first)
        for (name, key), seal in (self._done | self._pending).items():
            if name == table and (first is None or key[0] == first):
                expected += (seal is not None) - (self._ledger.seal(table, key) is not None)
        return expected
