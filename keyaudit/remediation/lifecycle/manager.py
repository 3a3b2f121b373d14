"""A store of keys, from their making to their certified end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.lifecycle import audit_log
from keyaudit.remediation.lifecycle.access import (
    CHAIN_KEY,
    SIGNING_KEY,
    Clock,
    store_context,
    system_clock,
)
from keyaudit.remediation.lifecycle.archival import Archival
from keyaudit.remediation.lifecycle.audit_log import AuditRecord
from keyaudit.remediation.lifecycle.destruction import Destruction
from keyaudit.remediation.lifecycle.lookup import Lookup
from keyaudit.remediation.lifecycle.managed_key import ManagedKeys
from keyaudit.remediation.lifecycle.moves import Move, Moves
from keyaudit.remediation.lifecycle.records import KeyVersion
from keyaudit.remediation.lifecycle.reencryption import Reencryption, Reencryptions, run
from keyaudit.remediation.lifecycle.rotation import Rotation
from keyaudit.remediation.lifecycle.stores import create_store, open_store
from keyaudit.remediation.lifecycle.stores.base import Connection
from keyaudit.remediation.memory.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.envelope import EnvelopeCipher
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

if TYPE_CHECKING:
    from keyaudit.remediation.usage.audit import Auditor
    from keyaudit.remediation.wrapping.cache import DataKeyCache

T = TypeVar("T")


class KeyManager(Closing, Rotation, Archival, Destruction, Reencryptions, Lookup):
    """Keys with versions and states (see `KeyState`), in one SQLite file or in a PostgreSQL
    database, wrapped under a root key that is not in it (`LocalKey`, `AwsKmsKey`).

        manager = KeyManager.create("keys.db", LocalKey.open("root.json", passphrase))
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")

    Every change is one transaction, written to the disk together with its record in a chained
    audit log before the call returns; a process killed at any point leaves the store as it was
    before or as it is after. Threads may share a manager, and processes a store. Every verb says
    who acts (`by`), and raises `StoreError` when the store fails. Made by `create` and `open`; a
    root key that is not the store's raises `UnknownKeyError`.
    """

    @classmethod
    def create(
        cls,
        where: str | os.PathLike[str],
        root: KeyEncryptionKey,
        *,
        by: str = "keyaudit",
        clock: Clock = system_clock,
    ) -> Self:
        """Make a store, whole or not at all, and open it.

        `where`: a file's path, or the URL of a PostgreSQL database (`postgresql://host/database`),
        in which it makes the schema `keyaudit`. `by` is noted as who made it. `clock` gives the
        time, with a time zone. Raises FileExistsError when there is one, `StoreError`,
        `MissingBackendError` for a URL without psycopg, OSError, and what `root` raises.
        """
        store_id = secrets.token_hex(8)

        def fill(connection: Connection) -> None:
            values = {"id": store_id.encode(), "root": root.id.encode()}
            with SecureKey.generate() as chain_key, SecureKey.generate() as seed:
                values[CHAIN_KEY] = root.wrap(chain_key, store_context(store_id, CHAIN_KEY))
                values[SIGNING_KEY] = root.wrap(seed, store_context(store_id, SIGNING_KEY))
                values["signing-public"] = _public(seed)
                for item in values.items():
                    connection.execute("INSERT INTO meta VALUES (?, ?)", item)
                audit_log.append(connection, chain_key, clock(), by, "create-store", root=root.id)

        create_store(where, fill)
        return cls.open(where, root, clock=clock)

    @classmethod
    def open(
        cls,
        where: str | os.PathLike[str],
        root: KeyEncryptionKey,
        *,
        clock: Clock = system_clock,
    ) -> Self:
        """Open a store that `create` made. Raises FileNotFoundError, `StoreError` for other or
        damaged ones and for a database out of reach, `UnknownKeyError` for another root key, and
        what `root` raises."""
        store = open_store(where)
        try:
            return cls(store, root, clock)
        except BaseException:
            store.close()
            raise

    def cipher(
        self, name: str, *, cache: DataKeyCache | None = None, auditor: Auditor | None = None
    ) -> EnvelopeCipher:
        """Envelope encryption under a key (or alias): the primary version for new data, the
        version that made them for old. States are looked up for every message; with a `cache`,
        a data key it holds still works until the cache lets it go. Raises `UnknownKeyError`."""
        self.versions(name)
        return EnvelopeCipher(ManagedKeys(self, name), cache=cache, auditor=auditor)

    def reencrypt(
        self,
        name: str,
        envelopes: Iterable[tuple[T, bytes, Context]],
        save: Callable[[T, bytes], object],
        *,
        by: str,
        job: str = "default",
        anew: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> Reencryption[T]:
        """Move envelopes to the key's primary version.

        `envelopes`: names or ids, each with its envelope and context, from wherever they are
        kept; `save` is called with name and new envelope of each that changes, and must have
        stored it when it returns. Envelopes under the primary version already are passed over,
        so that a run cut short is taken up by running it again. `progress` is called with the
        number done so far.

        Only the data key is wrapped anew; the data itself is encrypted under a fresh data key
        when its version is compromised, and in any case with `anew`. (What was moved away from a
        version before it was compromised still has the data key it had: `rotate` again, and run
        this with `anew`.)

        `job` names the body of data, where a key has several (named as keys are). The store keeps
        how far each is (see `reencryptions`), and while one is begun and not finished, or left
        envelopes that could not be moved, no older version is destroyed.

        An envelope that cannot be opened does not stop the run: it is in the result's `failed`.
        What `save` raises does, and is passed on. Raises `KeyStateError`, `UnknownKeyError`.
        """
        return self._run_job(
            name, by, job, anew, progress, lambda moves: moves.of_envelopes(envelopes, save)
        )

    def reencrypt_files(
        self,
        name: str,
        files: Iterable[tuple[str | os.PathLike[str], Context]],
        *,
        by: str,
        job: str = "default",
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
        return self._run_job(name, by, job, anew, progress, lambda moves: moves.of_files(files))

    def _run_job(
        self,
        name: str,
        by: str,
        job: str,
        anew: bool,
        progress: Callable[[int], object] | None,
        moves_of: Callable[[Moves], Iterable[tuple[T, Move]]],
    ) -> Reencryption[T]:
        current = self.primary(name)
        moves = Moves(self.cipher(name), current.id, self.versions(name), anew=anew)
        self._begin_job(current, job, by)

        def note(moved: int, skipped: int, failed: int) -> None:
            counts = (moved, skipped, failed)
            with self._write() as connection:
                self._note_job(connection, current, job, counts, finished=False)

        result = run(moves_of(moves), progress, note)
        counts = (result.moved, result.skipped, len(result.failed))
        detail = dict(zip(("moved", "skipped", "failed"), counts, strict=True))
        with self._change(
            by, "reencrypt", current.key, current.number, job=job, anew=anew, **detail
        ) as connection:
            self._note_job(connection, current, job, counts, finished=True)
        return result

    def change_root(self, root: KeyEncryptionKey, *, by: str) -> None:
        """Wrap everything in the store under another root key, all or nothing; from then on the
        store opens with that one. Other processes that have it open get `UnknownKeyError` until
        they open it anew. Raises what the root keys raise, ValueError without `by`."""
        with self._change(by, "change-root", "", None, root=root.id) as connection:
            for what in (CHAIN_KEY, SIGNING_KEY):
                context = self._context(what)
                with self._root.unwrap(self._store.meta(what), context) as secret:
                    self._put(connection, what, root.wrap(secret, context))
            rows = connection.execute("SELECT key, number FROM versions WHERE material IS NOT NULL")
            for row in rows.fetchall():
                version = self._version(row["key"], row["number"])
                context = self._context("material", version.key, version.number)
                with self._material(connection, version) as secret:
                    self._set(connection, version, material=root.wrap(secret, context))
            self._put(connection, "root", root.id.encode())
        self._root = root

    def audit(self, anchor: tuple[int, bytes] | None = None) -> tuple[AuditRecord, ...]:
        """The audit log, oldest first, after checking its chain and the store itself.

        `anchor`: sequence and hash of a record that you noted elsewhere; it shows that the log
        was not cut short or the store replaced by an older one. Raises `AuditLogError`, which
        says where the chain breaks, `StoreError` for a damaged store.
        """
        self._store.check()
        with self._store.read() as connection:
            return tuple(audit_log.verified(connection, self._chain_key, anchor))

    def close(self) -> None:
        """Close the store and wipe the key of the audit log; the root key stays open."""
        self._chain_key.close()
        self._store.close()

    def __repr__(self) -> str:
        return f"<KeyManager of {self._store.place!r}>"

    @staticmethod
    def _put(connection: Connection, name: str, value: bytes) -> None:
        connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))

    def _to_protect(self, version: KeyVersion) -> SecureKey:
        with self._store.read() as connection:
            now = self._version(version.key, version.number)
            self._check_active(now)
            return self._material(connection, now)

    def _to_open(self, version: KeyVersion) -> SecureKey:
        with self._store.read() as connection:
            now = self._version(version.key, version.number)
            self._check_opens(now)
            return self._material(connection, now)


def _public(seed: SecureKey) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = Ed25519PrivateKey.from_private_bytes(seed.view()).public_key()
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)
