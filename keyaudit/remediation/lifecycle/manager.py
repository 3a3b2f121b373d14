"""A store of keys, from their making to their certified end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import AuditLogError, StoreError
from keyaudit.remediation.lifecycle.algorithms import fingerprint
from keyaudit.remediation.lifecycle.anchors import AnchorKeeper
from keyaudit.remediation.lifecycle.archival import Archival
from keyaudit.remediation.lifecycle.audit_log import AuditRecord, records_after
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


class KeyManager(Closing, Use, Archival, Destruction, Reencryptions, Rekeying):
    """Keys with versions and states (see `KeyState`), in one SQLite file or in a PostgreSQL
    database, wrapped under a root key that is not in it (`LocalKey`, `AwsKmsKey`).

        manager = KeyManager.create("keys.db", LocalKey.open("root.json", passphrase))
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")

    Every change is one transaction, written to the disk together with its record in a chained
    audit log before the call returns; a process killed at any point leaves the store as it was
    before or as it is after. Every row is sealed under a key that only the root key opens, and
    checked when it is read, so that who can write the store, but has not the root key, changes
    nothing unnoticed. Threads may share a manager, and processes a store; a forked child opens it
    anew. Every verb says who acts (`by`), and raises `StoreError` when the store fails or was
    changed by somebody else. Made by `create` and `open`; a root key that is not the store's
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
        """Make a store, whole or not at all, and open it.

        `where`: a file's path, or the URL of a PostgreSQL database (`postgresql://host/database`),
        in which it makes the schema `keyaudit`. `by` is noted as who made it. `clock` gives the
        time, with a time zone; by default the machine's for a file, and the server's for a
        database. `auditor` gets an event of every change. `anchors` keeps where the log stands, and
        shows when the store was put back to an older state. `key_seconds`: how long a version's key
        is held in locked memory before the root key is asked again (up to 3600); its state is
        read for every use in any case.

        Raises FileExistsError when there is one, `StoreError`, `MissingBackendError` for a URL
        without psycopg, OSError, and what `root` raises.
        """
        now = clock if clock is not None else SystemClock()
        store_id = secrets.token_hex(8)
        create_store(where, lambda connection: fill(connection, store_id, root, by, now()))
        return cls.open(
            where, root, clock=clock, auditor=auditor, anchors=anchors, key_seconds=key_seconds
        )

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
        """Open a store that `create` made, and check all of its rows. Arguments as there. Raises
        FileNotFoundError, `StoreError` for other, changed or damaged ones and for a database out of
        reach, `AuditLogError` for one that was put back to before its anchor, `UnknownKeyError` for
        another root key, and what `root` raises."""
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
        """Move envelopes to the key's primary version.

        `envelopes`: names or ids, each with its envelope and context, from wherever they are
        kept. `save(name, old, new)` puts the new envelope in the place of the old one if that is
        still there, in one step (`UPDATE ... SET data = new WHERE id = name AND data = old`), and
        says with True or False whether it did: so what somebody else wrote meanwhile is never
        lost. `load(name)` then reads it again (None when it is gone), up to 3 times; without it,
        such an envelope is in `failed`. Envelopes under the primary version already are passed
        over, so that a run cut short is taken up by running it again. `progress` is called with the
        number done so far.

        Only the data key is wrapped anew; the data itself is encrypted under a fresh data key
        when its version is compromised, and in any case with `anew`. (What was moved away from a
        version before it was compromised still has the data key it had: `rotate` again, and run
        this with `anew`.)

        `job` names the body of data (as keys are named). The store keeps how far each is (see
        `reencryptions`), and while one is begun and not finished, or left envelopes that could not
        be moved, no older version is destroyed. A run closes only what it covered: not envelopes
        that failed in a run before, nor as many as one before that was cut short.

        `legacy` readers open what is no envelope yet (tokens of Fernet, AES-GCM by hand, data that
        KMS encrypted itself), and it becomes one, bound to its context.

        An envelope that cannot be opened does not stop the run: it is in the result's `failed`.
        What `save` raises does, and is passed on. Raises `KeyStateError`, `UnknownKeyError`.
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
        """Move files that `EnvelopeCipher.encrypt_file` made, each given with its context, to the
        key's primary version; everything else is as with `reencrypt`.

        Each is replaced in one step and keeps owner and mode. With `anew` a file goes chunk by
        chunk, and its plaintext is in memory only. A file that is no envelope, or is under another
        key, is in the result's `failed`; an OSError ends the run and is passed on. Blocks that the
        disk keeps of the old file, and backups, still hold what the old version opens.
        """
        moves = self._moves(name, anew)
        return self._run_moves(moves.current, job, by, moves.of_files(files), progress, anew=anew)

    def audit(self, anchor: tuple[int, bytes] | None = None) -> tuple[AuditRecord, ...]:
        """The audit log, oldest first, after checking its chain, the store itself, and that every
        row is the one that the log says was written last: states, policies, approvals and all.

        `anchor`: sequence and hash of a record that you noted elsewhere; it shows that the log
        was not cut short or the store replaced by an older one. Raises `AuditLogError`, which
        says where the chain breaks, `StoreError` for a store that was damaged or changed.
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
        """Have the root key open every version of a key that is out of use and not destroyed, and
        compare what it opens with the fingerprint that was taken when it was made: so that an
        archive that opens nothing any more shows before it is needed. States stay as they are. The
        numbers of the versions, which is also in the log. Raises `StoreError` naming the first that
        is another key, `UnknownKeyError`, ValueError without `by`, and what the root key raises."""
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
        """Note how keys were used, close the store and wipe its keys; the root key stays open."""
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
    """The seal of every row after all that the log tells."""
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
