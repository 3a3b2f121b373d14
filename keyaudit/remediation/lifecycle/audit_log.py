"""A store's append-only audit log. Each record is chained to the one before by an HMAC."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyaudit.remediation.errors import AuditLogError
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.lifecycle.records import moment, utc
from keyaudit.remediation.lifecycle.seals import RowKey
from keyaudit.remediation.lifecycle.stores.base import Connection, Row
from keyaudit.remediation.secure_key import SecureKey

START = bytes(32)
_COLUMNS = ("sequence", "time", "actor", "action", "key", "number", "detail")
"""What the hash of a record of version 1 covers, in this order; today's covers `changes` too."""
RowChange = tuple[str, RowKey, bytes | None]
"""Table, row, and the seal that the row has from now on; None when it was removed."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change of the store.

    `sequence` counts from 1. `time`: in UTC. `actor`: who did it. `action`: the operation, such as
    `rotate`. `key` is empty and `number` (of the version) None where they do not apply. `detail`:
    further facts, such as the reason. `hash`: the HMAC-SHA-256 (32 bytes) that chains it to the
    record before. `changes`: the rows that were written, with their seals; None for records from a
    store of version 1.
    """

    sequence: int
    time: datetime
    actor: str
    action: str
    key: str
    number: int | None
    detail: Mapping[str, object]
    hash: bytes
    changes: tuple[RowChange, ...] | None = None


def append(
    connection: Connection,
    chain_key: SecureKey,
    previous: tuple[int, bytes],
    record: tuple[datetime, str, str, str, int | None],
    detail: Mapping[str, object],
    changes: list[RowChange],
) -> tuple[int, bytes]:
    """Add a record after `previous`, within the transaction that makes the change. `previous`:
    sequence and hash of the last record. `record`: time, actor, action, key and version number.
    Returns the new record's sequence and hash."""
    time, actor, action, key, number = record
    sequence, before = previous
    row = (
        sequence + 1,
        utc(time),
        actor,
        action,
        key,
        number,
        json.dumps(detail, sort_keys=True),
        json.dumps([[table, list(key), seal and seal.hex()] for table, key, seal in changes]),
    )
    link = _link(chain_key, before, row)
    connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, link))
    return sequence + 1, link


def records_after(
    connection: Connection, chain_key: SecureKey, previous: tuple[int, bytes]
) -> Iterator[AuditRecord]:
    """The records after `previous` (sequence and hash) in order, each verified against the one
    before. Raises `AuditLogError`, which names the first record that does not fit."""
    rows = connection.execute(
        "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence", (previous[0],)
    )
    return checked(rows, chain_key, previous)


def checked(
    rows: Iterable[Row], chain_key: SecureKey, previous: tuple[int, bytes]
) -> Iterator[AuditRecord]:
    """Verify rows of the audit log that follow `previous`; results and errors as
    `records_after`."""
    done, link = previous
    for row in rows:
        expected = done + 1
        values = tuple(row[name] for name in _COLUMNS)
        if row["changes"] is not None:
            values = (*values, row["changes"])
        if row["sequence"] != expected or not constant_time_equal(
            _link(chain_key, link, values), bytes(row["hash"])
        ):
            raise AuditLogError(
                f"the audit log was changed at or before record {expected}", expected
            )
        done, link = expected, bytes(row["hash"])
        yield _record(row)


def _record(row: Row) -> AuditRecord:
    """The record in a row whose hash was verified. Raises `AuditLogError` for values that do not
    parse."""
    try:
        return AuditRecord(
            row["sequence"],
            moment(row["time"]),
            row["actor"],
            row["action"],
            row["key"],
            row["number"],
            json.loads(row["detail"]),
            bytes(row["hash"]),
            None if row["changes"] is None else tuple(map(_change, json.loads(row["changes"]))),
        )
    except (ValueError, TypeError):
        number = row["sequence"]
        raise AuditLogError(f"record {number} of the audit log is damaged", number) from None


def _change(item: list[Any]) -> RowChange:
    table, key, seal = item
    return str(table), tuple(key), None if seal is None else bytes.fromhex(seal)


def _link(chain_key: SecureKey, previous: bytes, row: tuple[object, ...]) -> bytes:
    """HMAC-SHA-256 of the previous record's hash and the row. The key is wrapped under the root
    key, so whoever can only write to the database cannot forge a chain."""
    text = json.dumps(row, ensure_ascii=True)
    return hmac.digest(chain_key.view(), previous + text.encode(), "sha256")
