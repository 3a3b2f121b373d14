"""Seals: MACs that show that a row is as the store wrote it. The root key wraps their key."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import StoreError
from keyaudit.remediation.lifecycle.stores.base import Row
from keyaudit.remediation.lifecycle.stores.schema import Table
from keyaudit.remediation.secure_key import SecureKey

RowKey = tuple[Any, ...]
"""What names a row in its table."""
_SUM_BYTES = 32
SUM_BOUND = 1 << (8 * _SUM_BYTES)


class Seals(Closing):
    """Computes and verifies the seals of rows: HMAC-SHA-256 under `key` (32 bytes), of which this
    object takes ownership.

    A seal covers the store's id, its generation (which changes with the root key), the table and
    the values of all columns. A row restored to an older state has a valid old seal; therefore the
    seal that each row must have *now* is known from the head and the audit log (see `ledger.py`).
    """

    def __init__(self, key: SecureKey, store_id: str, generation: str) -> None:
        self._key = key
        self.generation = generation
        self._about = (store_id, generation)

    def of_row(self, table: Table, row: Row) -> bytes:
        """The seal (32 bytes) of a row."""
        return self._mac("row", table.name, [row[name] for name in table.columns])

    def check(self, table: Table, row: Row) -> bytes:
        """Verify the seal of a row, and return it. Raises `StoreError` when it does not fit."""
        seal = self.of_row(table, row)
        if not hmac.compare_digest(seal, bytes(row["seal"])):
            raise StoreError(f"a row of table {table.name!r} was changed by somebody else")
        return seal

    def summand(self, table: str, key: RowKey, seal: bytes) -> int:
        """The number (32 bytes) that a row adds to the sum over all rows. Only a MAC of the sum is
        stored, so an attacker cannot search for other rows with the same sum."""
        return int.from_bytes(self._mac("sum", table, [*key, seal]), "big")

    def of_head(self, row: Row, columns: Table, total: int) -> bytes:
        """The seal of the head. It also covers `total`, the sum over all rows."""
        values = [row[name] for name in columns.columns]
        return self._mac("head", columns.name, [*values, total.to_bytes(_SUM_BYTES, "big")])

    def close(self) -> None:
        """Wipe the key."""
        self._key.close()

    def _mac(self, what: str, table: str, values: list[Any]) -> bytes:
        text = json.dumps([*self._about, what, table, values], default=_hex)
        return hmac.digest(self._key.view(), text.encode(), "sha256")


def new_generation() -> str:
    """A random name (16 hex digits) for a new generation of seals."""
    return secrets.token_hex(8)


def _hex(value: object) -> dict[str, str]:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": bytes(value).hex()}
    raise TypeError(f"a row holds no {type(value).__name__}")
