"""The append-only log of a store, chained so that no record can be changed, dropped or moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keyaudit.remediation.errors import AuditLogError
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.lifecycle.records import utc
from keyaudit.remediation.lifecycle.stores.base import Connection
from keyaudit.remediation.memory.secure_key import SecureKey

_START = bytes(32)
_COLUMNS = ("sequence", "time", "actor", "action", "key", "number", "detail")
"""What a record's hash covers, in this order."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change of the store, at `time` in UTC. `sequence` counts from 1. `key` is empty and
    `number` None where no key or version is concerned. `hash` chains it to the record before."""

    sequence: int
    time: datetime
    actor: str
    action: str
    key: str
    number: int | None
    detail: Mapping[str, object]
    hash: bytes


def append(
    connection: Connection,
    chain_key: SecureKey,
    time: datetime,
    actor: str,
    action: str,
    key: str = "",
    number: int | None = None,
    **detail: object,
) -> None:
    """Add a record within the transaction that makes the change."""
    last = connection.execute(
        "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    sequence, previous = (0, _START) if last is None else (last["sequence"], last["hash"])
    row = (sequence + 1, utc(time), actor, action, key, number, json.dumps(detail, sort_keys=True))
    connection.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, _link(chain_key, previous, row)),
    )


def verified(
    connection: Connection, chain_key: SecureKey, anchor: tuple[int, bytes] | None = None
) -> list[AuditRecord]:
    """All records, in order, after checking the chain.

    `anchor`: sequence and hash of a record noted elsewhere before, without which a log cut short
    at its end (or a whole older file put in place) cannot be told. Raises `AuditLogError` naming
    the first record that does not fit.
    """
    records = []
    previous, expected = _START, 1
    for row in connection.execute("SELECT * FROM audit ORDER BY sequence"):
        values = tuple(row[name] for name in _COLUMNS)
        if row["sequence"] != expected or not constant_time_equal(
            _link(chain_key, previous, values), row["hash"]
        ):
            raise AuditLogError(
                f"the audit log was changed at or before record {expected}", expected
            )
        previous, expected = row["hash"], expected + 1
        records.append(
            AuditRecord(
                row["sequence"],
                datetime.fromisoformat(row["time"]),
                row["actor"],
                row["action"],
                row["key"],
                row["number"],
                json.loads(row["detail"]),
                row["hash"],
            )
        )
    if anchor is not None:
        sequence, digest = anchor
        if not 1 <= sequence <= len(records) or records[sequence - 1].hash != digest:
            raise AuditLogError(
                f"the audit log no longer holds the anchored record {sequence}", sequence
            )
    return records


def _link(chain_key: SecureKey, previous: bytes, row: tuple[object, ...]) -> bytes:
    """HMAC-SHA-256 of the hash before and the row, under a key that the root key keeps: who can
    only write the file cannot make a chain that fits."""
    from cryptography.hazmat.primitives import hashes, hmac

    context = hmac.HMAC(chain_key.view(), hashes.SHA256())
    context.update(previous + json.dumps(row, ensure_ascii=True).encode())
    return context.finalize()
