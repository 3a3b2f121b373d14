"""Anchors: the last position of a store's audit log, kept outside the store to detect a
rollback."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from keyaudit.remediation.errors import AuditLogError, RecordFormatError
from keyaudit.remediation.lifecycle.audit_log import records_after
from keyaudit.remediation.wrapping.files import write_over

if TYPE_CHECKING:
    from keyaudit.remediation.lifecycle.ledger import Head
    from keyaudit.remediation.lifecycle.stores.base import Connection
    from keyaudit.remediation.secure_key import SecureKey

Anchor = tuple[int, bytes]
"""Sequence and hash of a record of the audit log."""


class AnchorKeeper(Protocol):
    """Keeps the last audit record of each store, in a place that those who can write to the store
    cannot change."""

    def load(self, store_id: str) -> Anchor | None:
        """The anchor saved last for a store; None when there is none."""
        ...

    def save(self, store_id: str, anchor: Anchor) -> None:
        """Save the position of a store's log; called after every change."""
        ...


class AnchorFolder:
    """An `AnchorKeeper` with one JSON file for each store, in a folder that is created when
    needed."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def load(self, store_id: str) -> Anchor | None:
        """See `AnchorKeeper`. Raises `RecordFormatError` for a malformed file, OSError."""
        file = self._file(store_id)
        try:
            data = json.loads(file.read_text("ascii"))
            return int(data["record"]), bytes.fromhex(data["hash"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise RecordFormatError(f"{file} is no anchor of a store") from None

    def save(self, store_id: str, anchor: Anchor) -> None:
        """See `AnchorKeeper`. A saved anchor is never replaced by an older one. Raises OSError."""
        known = None
        with contextlib.suppress(RecordFormatError):
            known = self.load(store_id)
        if known is not None and known[0] > anchor[0]:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({"record": anchor[0], "hash": anchor[1].hex()})
        write_over(self._file(store_id), text.encode("ascii"))

    def _file(self, store_id: str) -> Path:
        return self._folder / f"{''.join(c for c in store_id if c.isalnum())}.json"


def check_anchor(connection: Connection, chain_key: SecureKey, head: Head, anchor: Anchor) -> None:
    """Raise `AuditLogError` unless the log holds the record `anchor` and continues from there to
    `head`. Otherwise the log was truncated, or the store was restored to an older state."""
    sequence, digest = anchor
    row = connection.execute("SELECT hash FROM audit WHERE sequence = ?", (sequence,)).fetchone()
    last = sequence, digest
    if row is not None and bytes(row["hash"]) == digest:
        for record in records_after(connection, chain_key, last):
            last = record.sequence, record.hash
        if last == (head.sequence, head.hash):
            return
    raise AuditLogError(
        f"the audit log no longer holds the anchored record {sequence}: it was cut short, or the "
        "store was put back to an older state",
        sequence,
    )
