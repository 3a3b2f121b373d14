"""What all operations of a `KeyManager` share: verified reads, transactions, clock, audit log."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from keyaudit.remediation.errors import ClosedKeyError, StoreError, UnknownKeyError
from keyaudit.remediation.lifecycle.anchors import (
    Anchor,
    AnchorKeeper,
    PlaceKeeper,
    check_anchor,
    check_place,
)
from keyaudit.remediation.lifecycle.clocks import Clock, SystemClock, later_of
from keyaudit.remediation.lifecycle.ledger import Head, Ledger, NewGenerationError
from keyaudit.remediation.lifecycle.records import KeyVersion, check_actor
from keyaudit.remediation.lifecycle.rows import Change, Values, View
from keyaudit.remediation.lifecycle.seals import Seals
from keyaudit.remediation.lifecycle.store_keys import StoreSecrets
from keyaudit.remediation.lifecycle.stores.base import Connection, Store
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.cache import DataKeyCache
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

if TYPE_CHECKING:
    from keyaudit.remediation.auditing.auditor import Auditor

_TRIES = 3
_MOST_KEPT = 10_000
_FORKED = (
    "this KeyManager was opened before the process forked, and neither keys nor connections go "
    "along: open it in each worker (gunicorn's post_fork, Celery's worker_process_init), or "
    "through PerProcess, which does that by itself"
)


class Access:
    """An open store, together with the root key that its keys are wrapped under."""

    def __init__(
        self,
        store: Store,
        root: KeyEncryptionKey,
        clock: Clock | None,
        auditor: Auditor | None,
        anchors: AnchorKeeper | None,
        key_seconds: float,
        is_new: bool = False,
    ) -> None:
        check_root(root, anchors)
        self._store = store
        self._root = root
        self._clock = clock
        self._steady = SystemClock()
        self._auditor = auditor
        self._anchors = anchors
        self._process = os.getpid()
        self._keys = DataKeyCache(max_age=key_seconds, capacity=256)
        self._ledger: Ledger | None = None
        self._kept: dict[tuple[str, ...], Any] = {}
        self._seen: Head | None = None
        self._secrets = StoreSecrets.of(store, root)
        try:
            with self._read():
                pass
            assert self._seen is not None
            if is_new and isinstance(anchors, PlaceKeeper):
                anchors.note_place(store.location, self._store_id)
            check_place(anchors, store.location, self._store_id)
            self._keep((self._seen.sequence, self._seen.hash))
        except BaseException:
            self._wipe()
            raise

    @property
    def store_id(self) -> str:
        """The id of the store, which begins the ids of its versions."""
        return self._secrets.store_id

    @property
    def _store_id(self) -> str:
        return self._secrets.store_id

    @property
    def _seals(self) -> Seals:
        return self._secrets.seals

    @contextlib.contextmanager
    def _read(self) -> Iterator[View]:
        """Context manager that gives one consistent view of the store, whose rows are verified when
        read."""
        stack, connection, ledger = self._entered(writes=False)
        with stack:
            yield View(connection, self._seals, ledger, lambda: self._now(connection))

    @contextlib.contextmanager
    def _change(
        self, by: str, action: str, key: str, number: int | None, **detail: object
    ) -> Iterator[Change]:
        """Context manager that gives one transaction, and adds one record to the audit log at its
        end."""
        by = check_actor(by)
        with self._write() as change:
            yield change
            change.record(by, action, key, number, detail)

    @contextlib.contextmanager
    def _write(self) -> Iterator[Change]:
        """Context manager that gives one transaction. Changes of rows have to be recorded in the
        audit log within it (`Change.record`); without any record, the head is not written."""
        stack, connection, ledger = self._entered(writes=True)
        with stack:
            change = Change(
                connection,
                self._seals,
                ledger,
                lambda: self._now(connection),
                self._secrets.chain_key,
            )
            yield change
            if not change.records:
                return
            self._ledger = None  # until it is known that the transaction was made
            self._kept.clear()
            ledger.apply(change.changes())
            ledger.write_head(connection, *change.last, change.now, new=False)
        self._ledger, self._seen = ledger, ledger.head
        self._tell(change)

    def _kept_of(self, what: tuple[str, ...]) -> Any:
        """A value that `_keep_of` kept, if the store has not changed since; else None. Only the
        head is read, in one statement: it shows whether anybody wrote to the store."""
        if os.getpid() != self._process:
            raise ClosedKeyError(_FORKED)
        found = self._kept.get(what)
        if found is None:
            return None
        with self._store._lock:
            ledger = self._ledger
            is_same = ledger is not None and ledger.is_at(self._store.head())
        return found if is_same else None

    def _keep_of(self, what: tuple[str, ...], value: Any) -> None:
        """Keep a value that was read, for `_kept_of`; to be called within `_read`."""
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[what] = value

    def _entered(self, *, writes: bool) -> tuple[contextlib.ExitStack, Connection, Ledger]:
        """Begin a transaction and verify the store's position in it. Returns the stack that ends
        the transaction, its connection and the ledger."""
        if os.getpid() != self._process:
            raise ClosedKeyError(_FORKED)
        for _ in range(_TRIES):
            stack = contextlib.ExitStack()
            try:
                connection = stack.enter_context(
                    self._store.write() if writes else self._store.read()
                )
                if writes:
                    self._store.check_objects(connection)
                return stack, connection, self._followed(connection)
            except NewGenerationError:
                stack.__exit__(*sys.exc_info())
                self._reopen()
            except BaseException:
                stack.__exit__(*sys.exc_info())
                raise
        raise StoreError(f"{self._store.place}: its root key changes again and again")

    def _followed(self, connection: Connection) -> Ledger:
        """The ledger, brought up to the store's position in this transaction."""
        ledger, self._ledger = self._ledger, None  # dropped when anything below fails
        if ledger is None:
            self._kept.clear()
            self._store.check_objects(connection)
            ledger = Ledger(self._seals, self._secrets.chain_key)
            ledger.load(connection)
            seen = self._seen
            if seen is not None:
                check_anchor(
                    connection, self._secrets.chain_key, ledger.head, (seen.sequence, seen.hash)
                )
            elif self._anchors is not None:
                noted = self._anchors.load(self._store_id)
                if noted is not None:
                    check_anchor(connection, self._secrets.chain_key, ledger.head, noted)
                elif self._root.anyone_can_wrap:
                    logging.getLogger("keyaudit.remediation").warning(
                        "%s: nothing shows that this is the store that was made, since anybody can "
                        "wrap keys under its root key; from now on its anchor does",
                        self._store.place,
                    )
        elif ledger.follow(connection):
            self._kept.clear()
            self._keys.revoke()
        self._ledger, self._seen = ledger, ledger.head
        return ledger

    def _reopen(self) -> None:
        """Unwrap the store's own keys again after its root key was changed. Raises
        `UnknownKeyError` when that is another root key now."""
        secrets = StoreSecrets.of(self._store, self._root)
        self._secrets.close()
        self._secrets, self._ledger = secrets, None
        self._keys.revoke()

    def _wall(self) -> datetime:
        """The time for notes and warnings, without asking a database server for it."""
        return (self._steady if self._clock is None else self._clock)().astimezone(UTC)

    def _token_time(self) -> datetime:
        """The time for tokens, without asking a database server for it. Raises `ClockError` when
        the clock is far behind the store's last record: expired tokens would count as valid."""
        now = self._wall()
        return now if self._seen is None else later_of(now, self._seen.time)

    def _now(self, connection: Connection) -> datetime:
        now = self._clock_time(connection).astimezone(UTC)
        return now if self._seen is None else later_of(now, self._seen.time)

    def _clock_time(self, connection: Connection) -> datetime:
        """The time by the clock alone."""
        return self._store.time(connection) if self._clock is None else self._clock()

    def _tell(self, change: Change) -> None:
        """Report a change outside the store: events for the auditor, and the anchor."""
        if self._auditor is not None:
            from keyaudit.remediation.auditing.auditor import AuditEvent

            for by, action, key, number, detail in change.records:
                about = {"by": by} | {name: str(value) for name, value in detail.items()}
                self._auditor.emit(
                    AuditEvent(
                        change.now,
                        f"manage-{action}",
                        key if number is None else f"{key}/{number}",
                        context=about,
                    )
                )
        self._keep(change.last)

    def _keep(self, anchor: Anchor) -> None:
        """Save the log's last position with the anchor keeper. The change itself is committed by
        now, so a failure is logged and not raised."""
        if self._anchors is None:
            return
        try:
            self._anchors.save(self._store_id, anchor)
        except OSError as error:
            logging.getLogger("keyaudit.remediation").warning(
                "where the store's log stands was not noted: %s", error
            )

    def _key_row(self, view: View, name: str) -> Values:
        row = view.find("keys", name)
        if row is None:
            raise UnknownKeyError(f"there is no key {name!r}")
        return row

    def _version(self, view: View, key: str, number: int) -> KeyVersion:
        return KeyVersion.of(
            self._version_row(view, key, number), self._key_row(view, key)["primary_number"]
        )

    @staticmethod
    def _version_row(view: View, key: str, number: int) -> Values:
        row = view.find("versions", key, number)
        if row is None:
            raise UnknownKeyError(f"there is no version {number} of key {key!r}")
        return row

    def _set(self, change: Change, version: KeyVersion, **columns: object) -> None:
        """Write columns of a version's row."""
        row = self._version_row(change, version.key, version.number)
        change.put("versions", row | columns)

    def _as_written(self, key: str, number: int) -> KeyVersion:
        with self._read() as view:
            return self._version(view, key, number)

    def _wipe(self) -> None:
        self._keys.close()
        self._secrets.close()

    def _unwrap(self, wrapped: bytes, token: str, key: str) -> SecureKey:
        """A version's key, unwrapped by the root key. To be called outside of transactions, since a
        key service may take time."""
        return self._root.unwrap(wrapped, self._secrets.context("material", key=key, token=token))


def check_root(root: KeyEncryptionKey, anchors: AnchorKeeper | None) -> None:
    """Raise ValueError for a root key that anybody can wrap keys under, without `anchors`: the
    whole store could then be somebody else's."""
    if root.anyone_can_wrap and anchors is None:
        raise ValueError(
            f"anybody can wrap keys under root key {root.id!r}, whose wrapping half is public, and "
            "so make a store that it opens: give `anchors`, which show that this is the right one"
        )


def damaged(what: str) -> NoReturn:
    """Raise `StoreError`: the store holds a value that no release writes."""
    raise StoreError(f"{what} is damaged in the store")
