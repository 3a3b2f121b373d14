"""What a process knows of a store: the seal of every row, as the head and the audit log say."""

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
    """The store was wrapped under another root key since it was read."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a store stands: generation of its seals, the last record of the log (its sequence,
    hash and time), and the number of rows of each table."""

    generation: str
    sequence: int
    hash: bytes
    time: datetime
    counts: Mapping[str, int]


class Ledger:
    """The seal that each row of a store has to have.

    `load` reads the whole store and compares it with the sealed head: a row that was changed,
    added, removed or put back to what it was before does not fit. `follow` goes on from there by
    the audit log, with work for what changed only. So each later read of a row is compared with
    what that row is known to be, and costs the same however many rows there are.
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
        """The seal that a row has; None when there is no such row."""
        return self._rows[table].get(key)

    def count(self, table: str, first: object = None) -> int:
        """How many rows a table has, or how many whose key begins with `first`."""
        return len(self._rows[table]) if first is None else self._under[table, first]

    def is_at(self, row: Row | None) -> bool:
        """Whether a head is the one that the store was last seen at."""
        return row is not None and all(row[name] == self._values[name] for name in _HEAD_NAMES)

    def load(self, connection: Connection) -> None:
        """Read and check the whole store. Raises `StoreError` when it is not what was sealed."""
        values = _head_values(connection)
        if values["generation"] != self._seals.generation:
            raise NewGenerationError
        for table in TABLES.values():
            for row in connection.execute(f"SELECT * FROM {table.name}"):  # noqa: S608
                key = tuple(row[name] for name in table.key)
                self.apply([(table.name, key, self._seals.check(table, row))])
        self._take(values)

    def follow(self, connection: Connection) -> bool:
        """Go on to where the store stands now; whether that is further than before. Raises
        `StoreError` when it is not what was sealed, or an older state than was seen."""
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
        """Note what was written."""
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
        """Seal where the store stands after changes that were given to `apply`; `new` for the
        first head of a store."""
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
        """The rows (as text) that differ from what `other` has."""
        mine = {
            (name, key): seal for name, rows in self._rows.items() for key, seal in rows.items()
        }
        keys = {key for key in mine.keys() | other.keys() if mine.get(key) != other.get(key)}
        return sorted(f"{table} {'/'.join(map(str, key))}" for table, key in keys)

    def _take(self, values: dict[str, Any]) -> None:
        """Hold a head, once it fits the rows."""
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
