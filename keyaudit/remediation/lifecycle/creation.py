"""Writes the first rows of a new store."""

from __future__ import annotations

from datetime import datetime

from keyaudit.remediation.lifecycle.audit_log import START
from keyaudit.remediation.lifecycle.ledger import Head, Ledger
from keyaudit.remediation.lifecycle.records import check_actor
from keyaudit.remediation.lifecycle.rows import Change
from keyaudit.remediation.lifecycle.store_keys import (
    CHAIN_KEY,
    SEAL_KEY,
    SIGNING_KEY,
    new_seals,
    store_context,
)
from keyaudit.remediation.lifecycle.stores.base import VERSION, Connection
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey


def fill(
    connection: Connection, store_id: str, root: KeyEncryptionKey, by: str, now: datetime
) -> None:
    """Fill the empty tables of a new store: its own keys, wrapped under `root`, and the first audit
    record. Raises ValueError for a bad `by`, and what `root` raises."""
    seals, wrapped = new_seals(root, store_id)
    with seals, SecureKey.generate() as chain_key, SecureKey.generate() as seed:
        meta = {
            "format": b"%d" % VERSION,
            "id": store_id.encode(),
            "root": root.id.encode(),
            CHAIN_KEY: root.wrap(chain_key, store_context(store_id, CHAIN_KEY)),
            SEAL_KEY: wrapped,
            SIGNING_KEY: root.wrap(seed, store_context(store_id, SIGNING_KEY)),
        }
        ledger = Ledger(seals, chain_key)
        ledger.head = Head(seals.generation, 0, START, now, {})
        change = Change(connection, seals, ledger, lambda: now, chain_key)
        for name, value in meta.items():
            change.put("meta", {"name": name, "value": value})
        change.record(check_actor(by), "create-store", "", None, {"root": root.id})
        ledger.apply(change.changes())
        ledger.write_head(connection, *change.last, now, new=True)
