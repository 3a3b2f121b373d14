"""Anchors: the last position of a store's audit log, kept outside the store to detect a
rollback."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from keyaudit.remediation.errors import AuditLogError, RecordFormatError, StoreError
from keyaudit.remediation.lifecycle.audit_log import START, records_after
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


@runtime_checkable
class PlaceKeeper(Protocol):
    """An `AnchorKeeper` that also keeps which store is in which place, so that another store (of
    the same root key, or a forged one) in the place of one is detected."""

    def store_at(self, place: str) -> str | None:
        """The id of the store that was in a place; None when none is known."""
        ...

    def note_place(self, place: str, store_id: str) -> None:
        """Save which store is in a place."""
        ...


class AnchorFolder:
    """An `AnchorKeeper` with one JSON file for each store, and one for each place that had one, in
    a folder that is created when needed. Processes may share it."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def load(self, store_id: str) -> Anchor | None:
        """See `AnchorKeeper`. Raises `RecordFormatError` for a malformed file, OSError."""
        file = self._file(store_id)
        try:
            data = _read(file)
            return None if data is None else (int(data["record"]), bytes.fromhex(data["hash"]))
        except (ValueError, KeyError, TypeError):
            raise RecordFormatError(f"{file} is no anchor of a store") from None

    def save(self, store_id: str, anchor: Anchor) -> None:
        """See `AnchorKeeper`. A saved anchor is never replaced by an older one. Raises OSError."""
        with self._locked():
            known = None
            with contextlib.suppress(RecordFormatError):
                known = self.load(store_id)
            if known is not None and known[0] > anchor[0]:
                return
            text = json.dumps({"record": anchor[0], "hash": anchor[1].hex()})
            write_over(self._file(store_id), text.encode("ascii"))

    def store_at(self, place: str) -> str | None:
        """See `PlaceKeeper`. Raises `RecordFormatError` for a malformed file, OSError."""
        file = self._file_of(place)
        try:
            data = _read(file)
            return None if data is None else str(data["store"])
        except (ValueError, KeyError, TypeError):
            raise RecordFormatError(f"{file} does not say which store is where") from None

    def note_place(self, place: str, store_id: str) -> None:
        """See `PlaceKeeper`. Raises OSError."""
        text = json.dumps({"place": place, "store": store_id})
        with self._locked():
            write_over(self._file_of(place), text.encode("ascii"))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Context manager within which no other process or thread saves, where the platform has
        locks of files."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            import fcntl
        except ImportError:
            yield
            return
        with (self._folder / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _file_of(self, place: str) -> Path:
        return self._folder / f"place-{hashlib.sha256(place.encode()).hexdigest()[:32]}.json"

    def _file(self, store_id: str) -> Path:
        return self._folder / f"{''.join(c for c in store_id if c.isalnum())}.json"


def check_anchor(connection: Connection, chain_key: SecureKey, head: Head, anchor: Anchor) -> None:
    """Raise `AuditLogError` unless the log holds the record `anchor` and continues from there to
    `head`. Otherwise the log was truncated, or the store was restored to an older state."""
    sequence, digest = anchor
    # The anchored record is verified itself, from the one before it: who has put in a chain key of
    # their own can copy a record's hash, and make no record that has it.
    last = sequence - 1, START
    if sequence > 1:
        row = connection.execute("SELECT hash FROM audit WHERE sequence = ?", (last[0],)).fetchone()
        last = last[0], b"" if row is None else bytes(row["hash"])
    found = b""
    if last[1]:
        for record in records_after(connection, chain_key, last):
            last = record.sequence, record.hash
            if record.sequence == sequence:
                found = record.hash
    if found == digest and last == (head.sequence, head.hash):
        return
    raise AuditLogError(
        f"the audit log no longer holds the anchored record {sequence}: it was cut short, or the "
        "store was put back to an older state",
        sequence,
    )


def check_place(keeper: AnchorKeeper | None, place: str, store_id: str) -> None:
    """Raise `StoreError` when `keeper` knows another store in that place; else save which one is
    there."""
    if not isinstance(keeper, PlaceKeeper):
        return
    known = keeper.store_at(place)
    if known is None:
        keeper.note_place(place, store_id)
    elif known != store_id:
        raise StoreError(
            f"{place} holds another store than before: {store_id}, and not {known}. If that is "
            "meant, start with an empty folder of anchors"
        )


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("ascii"))
    except FileNotFoundError:
        return None
