"""Upgrades a store of version 1, whose rows had no seals, to the current version."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from keyaudit.remediation.errors import StoreError, UnknownKeyError
from keyaudit.remediation.lifecycle.algorithms import ENVELOPE
from keyaudit.remediation.lifecycle.audit_log import START, AuditRecord, checked
from keyaudit.remediation.lifecycle.clocks import Clock
from keyaudit.remediation.lifecycle.ledger import Head, Ledger
from keyaudit.remediation.lifecycle.records import check_actor, moment, utc
from keyaudit.remediation.lifecycle.requests import LAPSES_AFTER
from keyaudit.remediation.lifecycle.rows import Change, Values
from keyaudit.remediation.lifecycle.seals import Seals
from keyaudit.remediation.lifecycle.store_keys import (
    CHAIN_KEY,
    SEAL_KEY,
    SIGNING_KEY,
    new_seals,
    store_context,
)
from keyaudit.remediation.lifecycle.stores import open_store
from keyaudit.remediation.lifecycle.stores.base import VERSION, Connection
from keyaudit.remediation.lifecycle.stores.schema import TABLES, USAGE
from keyaudit.remediation.lifecycle.version_1 import check_against_log
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_OLD = 1
_TABLES = ("meta", "keys", "versions", "aliases", "approvals", "reencryptions", "audit")
Rows = dict[str, list[Values]]


def upgrade_store(
    where: str | os.PathLike[str],
    root: KeyEncryptionKey,
    *,
    by: str,
    clock: Clock | None = None,
) -> int:
    """Upgrade a store of version 1 to this release's version, completely or not at all. Returns the
    number of key versions in it.

    Envelopes, the audit log with its anchors, and certificates stay valid. The old rows had no
    seals: they are compared with the audit log first, and sealed only if they agree with it.
    Approvals of scheduled destructions are kept; others have to be given again, for a request. In
    PostgreSQL, rights granted on the tables have to be granted again. `where`, `by` and `clock` as
    for `KeyManager.create`; stop other processes that use the store first. Raises `StoreError` for
    a store of another version or one that was changed, `AuditLogError`, `UnknownKeyError` for
    another root key, ValueError without `by`, FileNotFoundError, and what `root` raises.
    """
    by = check_actor(by)
    store = open_store(where, version=_OLD)
    try:
        with store.read() as connection:
            rows = _read(connection)
        meta = {row["name"]: bytes(row["value"]) for row in rows["meta"]}
        store_id = meta["id"].decode()
        if root.id != meta["root"].decode():
            raise UnknownKeyError(
                f"the store's root key is {meta['root'].decode()!r}, not {root.id!r}"
            )
        with root.unwrap(meta["chain-key"], _old_context(store_id, "chain-key")) as chain_key:
            old = sorted(rows["audit"], key=lambda row: row["sequence"])
            log = list(checked([row | {"changes": None} for row in old], chain_key, (0, START)))
            check_against_log(rows, log)
            wrapped = _wrapped_anew(root, store_id, rows, meta)
            seals, sealing = new_seals(root, store_id)
            with seals, store.write() as connection:
                if _read(connection) != rows:
                    raise StoreError(f"{store.place} is in use; end the others, and try again")
                store.replace_tables(connection)
                now = store.time(connection) if clock is None else clock()
                _fill(connection, seals, chain_key, rows, log, wrapped | {SEAL_KEY: sealing},
                      by, max(now, log[-1].time))  # fmt: skip
        store.scrub()
    finally:
        store.close()
    return len(rows["versions"])


def _read(connection: Connection) -> Rows:
    found: Rows = {}
    for table in _TABLES:
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        found[table] = [{name: row[name] for name in row.keys()} for row in rows]  # type: ignore[attr-defined]  # noqa: SIM118
    return found


def _old_context(store_id: str, what: str, key: str = "", number: int = 0) -> dict[str, str]:
    return {"keyaudit-store": store_id, "what": what, "key": key, "version": str(number)}


def _wrapped_anew(
    root: KeyEncryptionKey, store_id: str, rows: Rows, meta: dict[str, bytes]
) -> dict[Any, bytes]:
    """The keys of the store, wrapped by the root key in contexts without empty values, by name or
    by key and number; and a token for each version."""
    wrapped: dict[Any, bytes] = {}
    for what in (CHAIN_KEY, SIGNING_KEY):
        with root.unwrap(meta[what], _old_context(store_id, what)) as secret:
            wrapped[what] = root.wrap(secret, store_context(store_id, what))
    for row in rows["versions"]:
        key, number = row["key"], row["number"]
        token = secrets.token_hex(8)
        wrapped["token", key, number] = token.encode()
        if row["material"] is None:
            continue
        old = _old_context(store_id, "material", key, number)
        with root.unwrap(bytes(row["material"]), old) as secret:
            wrapped[key, number] = root.wrap(
                secret, store_context(store_id, "material", key=key, token=token)
            )
    return wrapped


def _fill(
    connection: Connection,
    seals: Seals,
    chain_key: SecureKey,
    rows: Rows,
    log: list[AuditRecord],
    wrapped: dict[Any, bytes],
    by: str,
    now: datetime,
) -> None:
    for row in rows["audit"]:
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        connection.execute(
            f"INSERT INTO audit ({names}) VALUES ({marks})",  # noqa: S608
            tuple(row.values()),
        )
    ledger = Ledger(seals, chain_key)
    ledger.head = Head(seals.generation, log[-1].sequence, log[-1].hash, now, {})
    change = Change(connection, seals, ledger, lambda: now, chain_key)
    for table, row in _converted(rows, log, wrapped, now):
        if table == "usage":
            row["seal"] = seals.of_row(USAGE, row)
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f"INSERT INTO usage ({', '.join(row)}) VALUES ({marks})",  # noqa: S608
                tuple(row.values()),
            )
        else:
            change.put(table, row)
    change.record(by, "upgrade-store", "", None, {"from": _OLD, "to": VERSION})
    ledger.apply(change.changes())
    ledger.write_head(connection, *change.last, now, new=True)


def _converted(
    rows: Rows, log: list[AuditRecord], wrapped: dict[Any, bytes], now: datetime
) -> Iterator[tuple[str, Values]]:
    meta = {row["name"]: bytes(row["value"]) for row in rows["meta"]}
    kept = {"format": b"%d" % VERSION, "id": meta["id"], "root": meta["root"]}
    for name, value in (kept | {k: v for k, v in wrapped.items() if isinstance(k, str)}).items():
        yield "meta", {"name": name, "value": value}
    store_id = meta["id"].decode()
    compromised = {(r.key, r.number): r.time for r in log if r.action == "compromise"}
    for key in rows["keys"]:
        latest = max(row["number"] for row in rows["versions"] if row["key"] == key["name"])
        added = {"algorithm": ENVELOPE, "latest": latest, "when_over": "warn", "approvers": "{}"}
        yield "keys", key | added
    for row in rows["versions"]:
        about = row["key"], row["number"]
        id = f"{store_id}/{row['key']}/{row['number']}"
        found = compromised.get(about)
        columns: Values = dict.fromkeys(TABLES["versions"].columns) | row
        columns |= {"id": id, "token": wrapped[("token", *about)].decode()}
        columns |= {"material": wrapped.get(about), "compromised": found and utc(found)}
        yield "versions", columns
        yield "usage", dict.fromkeys(USAGE.columns) | {"id": id, "opened": 0, "refused": 0}
        if row["destroy_at"] is not None:
            yield from _request(row, rows["approvals"], now)
    for row in rows["aliases"]:
        yield "aliases", row
    for row in rows["reencryptions"]:
        done = row["moved"] + row["skipped"] + row["failed"]
        yield (
            "reencryptions",
            row
            | {
                "run": "",
                "changed": 0,
                "covers": done if row["finished"] is None else 0,
                "unmoved": '["*"]' if row["failed"] else "[]",
            },
        )


def _request(row: Values, approvals: list[Values], now: datetime) -> Iterator[tuple[str, Values]]:
    """The request and the approvals of a scheduled destruction."""
    id = secrets.token_hex(4)
    lapses = max(moment(row["destroy_at"]), now) + LAPSES_AFTER
    asked_by = check_actor(row["destroy_by"])
    yield (
        "requests",
        {
            "key": row["key"],
            "id": id,
            "kind": "destroy",
            "number": row["number"],
            "detail": "{}",
            "requested": utc(moment(row["destroy_at"]) - timedelta(days=30)),
            "requested_by": asked_by,
            "why": row["destroy_why"],
            "lapses": utc(lapses),
        },
    )
    said: dict[str, str] = {}
    for yes in approvals:
        if (yes["key"], yes["number"]) == (row["key"], row["number"]):
            said[check_actor(yes["approver"])] = yes["time"]
    for approver, time in said.items():
        yield (
            "approvals",
            {
                "key": row["key"],
                "request": id,
                "approver": approver,
                "time": time,
                "signature": None,
            },
        )
