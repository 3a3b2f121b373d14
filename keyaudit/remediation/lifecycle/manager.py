"""A store of keys and the operations on them, from generation to certified destruction."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import AuditLogError, StoreError
from keyaudit.remediation.lifecycle.access import check_root
from keyaudit.remediation.lifecycle.algorithms import fingerprint
from keyaudit.remediation.lifecycle.anchors import AnchorKeeper
from keyaudit.remediation.lifecycle.archival import Archival
from keyaudit.remediation.lifecycle.audit_log import AuditRecord, records_after
from keyaudit.remediation.lifecycle.clock_repair import ClockRepair
from keyaudit.remediation.lifecycle.clocks import Clock, SystemClock
from keyaudit.remediation.lifecycle.creation import fill
from keyaudit.remediation.lifecycle.destruction import Destruction
from keyaudit.remediation.lifecycle.moves import Moves, Save
from keyaudit.remediation.lifecycle.records import check_actor
from keyaudit.remediation.lifecycle.reencryption import Reencryption, Reencryptions
from keyaudit.remediation.lifecycle.rekeying import Rekeying
from keyaudit.remediation.lifecycle.seals import RowKey
from keyaudit.remediation.lifecycle.stores import create_store, open_store
from keyaudit.remediation.lifecycle.use import Use
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey
from keyaudit.remediation.wrapping.legacy import LegacyReader

if TYPE_CHECKING:
    from keyaudit.remediation.auditing.auditor import Auditor

T = TypeVar("T")
_START = (0, bytes(32))


class KeyManager(Closing, Use, Archival, Destruction, Reencryptions, Rekeying, ClockRepair):
    """Keys with versions and states (see `KeyState`), in an SQLite file or a PostgreSQL database.
    They are wrapped under a root key that is not in the store, such as a `LocalKey` or `AwsKmsKey`.

        manager = KeyManager.create("keys.db", LocalKey.open("root.json", passphrase))
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")

    Every change is one transaction, on disk together with its record in a chained audit log before
    the call returns; a process killed at any point leaves the store as it was before or after.
    Every row has a seal (a MAC under a key that the root key wraps), which is verified when the row
    is read: whoever can write to the store without the root key cannot change it unnoticed. Threads
    may share a manager, and processes a store; a forked child has to open it itself. Methods that
    change something take the name of who acts (`by`). All raise `StoreError` when the store fails
    or was changed by somebody else. Made by `create` and `open`; a root key that is not the store's
    raises `UnknownKeyError`.
    """

    @classmethod
    def create(
        cls,
        where: str | os.PathLike[str],
        root: KeyEncryptionKey,
        *,
        by: str = "keyaudit",
        clock: Clock | None = None,
        auditor: Auditor | None = None,
        anchors: AnchorKeeper | None = None,
        key_seconds: float = 300.0,
    ) -> Self:
        """Create a store, completely or not at all, and open it.

        `where`: the path of a file, or the URL of a PostgreSQL database
        (`postgresql://host/database`), in which the schema `keyaudit` is created. `by`: recorded as
        who created it. `clock`: returns the time, with a time zone; by default the machine's clock
        for a file and the server's for a database. `auditor`: gets an event for every change.
        `anchors`: keeps the position of the audit log, to detect a store that was restored to an
        older state or replaced by another; needed for a root key that anybody can wrap under
        (`KeyEncryptionKey.anyone_can_wrap`). `key_seconds`: seconds that a version's unwrapped key
        is held in locked memory before the root key is asked again, up to 3600; its state is read
        for every use in any case.

        Raises FileExistsError when the store exists, `StoreError`, `MissingBackendError` for a URL
        without psycopg, ValueError for a bad `by` or `key_seconds` and missing `anchors`, OSError,
        and what `root` raises.
        """
        check_root(root, anchors)
        now = clock if clock is not None else SystemClock()
        store_id = secrets.token_hex(8)
        create_store(where, lambda connection: fill(connection, store_id, root, by, now()))
        store = open_store(where)
        try:
            return cls(store, root, clock, auditor, anchors, key_seconds, True)
        except BaseException:
            store.close()
            raise

    @classmethod
    def open(
        cls,
        where: str | os.PathLike[str],
        root: KeyEncryptionKey,
        *,
        clock: Clock | None = None,
        auditor: Auditor | None = None,
        anchors: AnchorKeeper | None = None,
        key_seconds: float = 300.0,
    ) -> Self:
        """Open a store that `create` made, and verify all of its rows. Arguments as there. Raises
        FileNotFoundError, `StoreError` for a store that is damaged, changed or out of reach and for
        what is no store, and for another one than its place had; `AuditLogError` for one that is
        older than its anchor, ValueError as there, `UnknownKeyError` for another root key, and what
        `root` raises."""
        store = open_store(where)
        try:
            return cls(store, root, clock, auditor, anchors, key_seconds)
        except BaseException:
            store.close()
            raise

    def reencrypt(
        self,
        name: str,
        envelopes: Iterable[tuple[T, bytes, Context]],
        save: Save[T],
        *,
        by: str,
        job: str,
        load: Callable[[T], bytes | None] | None = None,
        anew: bool = False,
        progress: Callable[[int], object] | None = None,
        legacy: Sequence[LegacyReader] = (),
    ) -> Reencryption[T]:
        """Move envelopes to the key's primary version. Returns what was done.

        `envelopes`: a name (or id) of your own for each, the envelope and its context.
        `save(name, old, new)` replaces the old envelope by the new one if the old one is still
        there, in one step (`UPDATE ... SET data = new WHERE id = name AND data = old`), and returns
        True or False for whether it did, so that nothing that others wrote meanwhile is lost.
        `load(name)` then reads it again (None when it is gone), up to 3 times; without `load`, such
        an envelope is in the result's `failed`. Envelopes already under the primary version are
        skipped, so that an interrupted run is resumed by running it again. `progress` is called
        with the number of envelopes done so far.

        By default only the data key is wrapped again. The data itself is encrypted again under a
        fresh data key when its version is compromised, and in any case with `anew`. (Data that was
        moved away from a version before its compromise was known keeps its data key: `rotate`
        again, and run this with `anew`.)

        `job` names the set of data (rules as for key names). The store keeps its progress (see
        `reencryptions`), and while a job is not finished, or has envelopes that could not be moved,
        no older version is destroyed. A run finishes a job only if it also moved what failed in
        earlier runs, and covered at least as many envelopes as an interrupted one.

        `legacy` readers decrypt data that is not in envelopes yet (Fernet tokens, AES-GCM in a
        format of the program's own, data encrypted directly by KMS); it becomes an envelope, bound
        to its context.

        An envelope that cannot be decrypted does not stop the run: it is in the result's `failed`.
        What `save` raises ends the run and is passed on. Raises `KeyStateError`, `UnknownKeyError`,
        `PurposeError`, ValueError for a bad `job` or `by`.
        """
        moves = self._moves(name, anew, legacy)
        found = moves.of_envelopes(envelopes, save, load)
        return self._run_moves(moves.current, job, by, found, progress, anew=anew)

    def reencrypt_files(
        self,
        name: str,
        files: Iterable[tuple[str | os.PathLike[str], Context]],
        *,
        by: str,
        job: str,
        anew: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> Reencryption[Path]:
        """Move files that `EnvelopeCipher.encrypt_file` wrote, each given with its context, to the
        key's primary version; all else as `reencrypt`.

        Each file is replaced in one step and keeps owner and mode. With `anew`, a file is processed
        chunk by chunk, and its plaintext is only in memory. A file that is no envelope, or is under
        another key, is in the result's `failed`; an OSError ends the run and is passed on. Backups,
        and blocks of the old file that remain on the disk, can still be decrypted by the old
        version.
        """
        moves = self._moves(name, anew)
        return self._run_moves(moves.current, job, by, moves.of_files(files), progress, anew=anew)

    def audit(self, anchor: tuple[int, bytes] | None = None) -> tuple[AuditRecord, ...]:
        """The audit log, oldest record first, after verifying its chain, the store, and that every
        row is the one that the log recorded last.

        `anchor`: sequence and hash of a record, noted elsewhere before; it shows that the log was
        not truncated and the store not replaced by an older one. Raises `AuditLogError`, which says
        where the chain breaks, `StoreError` for a store that is damaged or was changed.
        """
        self._store.check()
        with self._read():
            pass
        self._ledger = None  # reads every row anew
        with self._read() as view:
            assert self._ledger is not None
            records = tuple(records_after(view.connection, self._secrets.chain_key, _START))
            _check_end(records, self._ledger.head.sequence, self._ledger.head.hash)
            _check_anchored(records, anchor)
            different = self._ledger.differences(_replayed(records))
        if different:
            raise AuditLogError(
                f"the log does not tell how these rows came about: {', '.join(different)}",
                len(records),
            )
        return records

    def test_archive(self, name: str, *, by: str) -> tuple[int, ...]:
        """Test that the root key still unwraps every version of a key that is out of use and not
        destroyed, and that its fingerprint is the one taken when it was made, so that an unusable
        archive is found before it is needed. States do not change; the test is recorded in the
        audit log. Returns the numbers of the versions tested. Raises `StoreError`, naming the first
        version that differs, `UnknownKeyError`, ValueError without `by`, and what the root key
        raises."""
        by = check_actor(by)
        with self._read() as view:
            algorithm = self._key_row(view, name)["algorithm"]
            rows = [row for row in view.all("versions", name) if row["material"] is not None]
        tested = []
        for row in rows:
            if row["state"] in ("active", "pre-activation"):
                continue
            with self._unwrap(bytes(row["material"]), row["token"], name) as secret:
                if fingerprint(row, algorithm, secret) != bytes(row["fingerprint"]):
                    raise StoreError(f"{row['id']} is another key than it was")
            tested.append(int(row["number"]))
        with self._change(by, "test-archive", name, None, versions=tested):
            pass
        return tuple(tested)

    def close(self) -> None:
        """Write pending usage notes, close the store and wipe its keys. The root key stays open."""
        if os.getpid() == self._process:
            if not self._closed:
                self._closed = True
                self.note_usage()
            self._wipe()
            self._store.close()

    def __repr__(self) -> str:
        return f"<KeyManager of {self._store.place!r}>"

    _closed = False

    def _moves(self, name: str, anew: bool, legacy: Sequence[LegacyReader] = ()) -> Moves:
        with self._read() as view:
            key = self._resolved(view, name)
            current = self._primary(view, key)
            versions = self._versions(view, key)
        return Moves(self.cipher(key, legacy=legacy), current, versions, anew=anew)


def _replayed(records: Iterable[AuditRecord]) -> dict[tuple[str, RowKey], bytes]:
    """The seal of every row according to the audit log."""
    rows: dict[tuple[str, RowKey], bytes] = {}
    for record in records:
        for table, key, seal in record.changes or ():
            if seal is None:
                rows.pop((table, key), None)
            else:
                rows[table, key] = seal
    return rows


def _check_end(records: tuple[AuditRecord, ...], sequence: int, hash: bytes) -> None:
    last = records[-1] if records else None
    if last is None or (last.sequence, last.hash) != (sequence, hash):
        raise AuditLogError("the audit log does not end where the store says", len(records) + 1)


def _check_anchored(records: tuple[AuditRecord, ...], anchor: tuple[int, bytes] | None) -> None:
    if anchor is None:
        return
    sequence, digest = anchor
    if not 1 <= sequence <= len(records) or records[sequence - 1].hash != digest:
        raise AuditLogError(
            f"the audit log no longer holds the anchored record {sequence}", sequence
        )
