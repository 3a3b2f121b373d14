"""The seals that every row of a store must have, according to its head and audit log."""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle import audit_log
from keyaudit.remediation.lifecycle.audit_log import RowChange
from keyaudit.remediation.lifecycle.records import moment, utc
from keyaudit.remediation.lifecycle.seals import SUM_BOUND, RowKey, Seals
from keyaudit.remediation.lifecycle.stores.base import Connection, Row
from keyaudit.remediation.lifecycle.stores.schema import HEAD, TABLES
from keyaudit.remediation.secure_key import SecureKey

_HEAD_NAMES = (*HEAD.columns, "seal")


class NewGenerationError(Exception):
    """The store's root key was changed since it was read, so its seals are under another key."""


@dataclass(frozen=True, slots=True)
class Head:
    """The position of a store.

    `generation`: names the key of its seals. `sequence`, `hash`, `time`: of the last audit record.
    `counts`: the number of rows of each table.
    """

    generation: str
    sequence: int
    hash: bytes
    time: datetime
    counts: Mapping[str, int]


class Ledger:
    """The seal that each row of a store must have, held in memory.

    `load` reads the whole store and compares it with the sealed head, which detects rows that were
    changed, added, removed or rolled back. `follow` then applies what the audit log records since,
    at a cost that depends only on the number of changes. A row that is read later is compared with
    its known seal, at the same cost however many rows there are.
    """

    def __init__(self, seals: Seals, chain_key: SecureKey) -> None:
        self._seals = seals
        self._chain_key = chain_key
        self._rows: dict[str, dict[RowKey, bytes]] = {name: {} for name in TABLES}
        self._under: Counter[tuple[str, Any]] = Counter()
        self._total = 0
        self._values: dict[str, Any] = {}
        self.head: Head

    def seal(self, table: str, key: RowKey) -> bytes | None:
        """The seal that a row must have; None when there is no such row."""
        return self._rows[table].get(key)

    def count(self, table: str, first: object = None) -> int:
        """The number of rows of a table, or of those whose key begins with `first`."""
        return len(self._rows[table]) if first is None else self._under[table, first]

    def is_at(self, row: Row | None) -> bool:
        """Whether the head `row` is the one that the store had when it was last read."""
        return row is not None and all(row[name] == self._values[name] for name in _HEAD_NAMES)

    def load(self, connection: Connection) -> None:
        """Read and verify the whole store. Raises `StoreError` when it differs from what was
        sealed, `NewGenerationError` after a change of the root key."""
        values = _head_values(connection)
        if values["generation"] != self._seals.generation:
            raise NewGenerationError
        for table in TABLES.values():
            for row in connection.execute(f"SELECT * FROM {table.name}"):  # noqa: S608
                key = tuple(row[name] for name in table.key)
                self.apply([(table.name, key, self._seals.check(table, row))])
        self._take(values)

    def follow(self, connection: Connection) -> bool:
        """Catch up with the changes that others made; returns whether there were any. Raises
        `StoreError` when the store differs from what was sealed or is older than before,
        `NewGenerationError` after a change of the root key."""
        values = _head_values(connection)
        if values == self._values:
            return False
        if values["generation"] != self._seals.generation:
            raise NewGenerationError
        known = self.head
        if values["sequence"] <= known.sequence:
            raise StoreError(
                "the store was changed or put back to an older state: it stands at record "
                f"{values['sequence']}, and was at {known.sequence}"
            )
        last = known.sequence, known.hash
        for record in audit_log.records_after(connection, self._chain_key, last):
            self.apply(record.changes or ())
            last = record.sequence, record.hash
        self._take(values)
        if last != (self.head.sequence, self.head.hash):
            raise StoreError("the audit log does not end where the store says")
        return True

    def apply(self, changes: Iterable[RowChange]) -> None:
        """Note the new seals of rows that were written or removed."""
        for table, key, seal in changes:
            rows = self._rows[table]
            old = rows.pop(key, None)
            if old is not None:
                self._total -= self._seals.summand(table, key, old)
                self._under[table, key[0]] -= 1
            if seal is not None:
                rows[key] = seal
                self._total += self._seals.summand(table, key, seal)
                self._under[table, key[0]] += 1
        self._total %= SUM_BOUND

    def write_head(
        self, connection: Connection, sequence: int, hash: bytes, time: datetime, *, new: bool
    ) -> None:
        """Write the sealed head after changes that were given to `apply`. `new`: it is the first
        head of the store."""
        values: dict[str, Any] = {
            "one": 1,
            "generation": self._seals.generation,
            "sequence": sequence,
            "hash": hash,
            "time": utc(time),
            "counts": json.dumps({name: len(rows) for name, rows in self._rows.items()}),
        }
        values["seal"] = self._seals.of_head(values, HEAD, self._total)
        if new:
            marks = ", ".join("?" for _ in values)
            connection.execute(f"INSERT INTO head VALUES ({marks})", tuple(values.values()))  # noqa: S608
        else:
            names = ", ".join(f"{name} = ?" for name in values)
            connection.execute(f"UPDATE head SET {names}", tuple(values.values()))  # noqa: S608
        self._values = values
        self.head = _head(values)

    def differences(self, other: Mapping[tuple[str, RowKey], bytes]) -> list[str]:
        """The rows, as `table key`, whose seals differ from those in `other`."""
        mine = {
            (name, key): seal for name, rows in self._rows.items() for key, seal in rows.items()
        }
        keys = {key for key in mine.keys() | other.keys() if mine.get(key) != other.get(key)}
        return sorted(f"{table} {'/'.join(map(str, key))}" for table, key in keys)

    def _take(self, values: dict[str, Any]) -> None:
        """Accept a head if its seal fits the rows; else raise `StoreError`."""
        if not hmac.compare_digest(
            self._seals.of_head(values, HEAD, self._total), bytes(values["seal"])
        ):
            raise StoreError(
                "rows of the store were removed, added or put back to an older state by somebody "
                "else"
            )
        self._values = values
        self.head = _head(values)


def _head_values(connection: Connection) -> dict[str, Any]:
    row = connection.execute("SELECT * FROM head").fetchone()
    if row is None:
        raise StoreError("the store is incomplete: it has no head")
    return {name: row[name] for name in _HEAD_NAMES}


def _head(values: Mapping[str, Any]) -> Head:
    try:
        counts = {str(name): int(number) for name, number in json.loads(values["counts"]).items()}
        return Head(
            values["generation"],
            values["sequence"],
            bytes(values["hash"]),
            moment(values["time"]),
            counts,
        )
    except (ValueError, TypeError, AttributeError):
        raise StoreError("the store's head is damaged") from None
