"""A store of keys, from their making to their certified end."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

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
from keyaudit.remediation.lifecycle.managed_key import ManagedKeys
from keyaudit.remediation.lifecycle.records import KeyVersion, check_name
from keyaudit.remediation.lifecycle.reencryption import Reencryption, reencrypt
from keyaudit.remediation.lifecycle.rotation import Rotation
from keyaudit.remediation.lifecycle.store import Store
from keyaudit.remediation.memory.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.envelope import EnvelopeCipher
from keyaudit.remediation.wrapping.files import sync_folder
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

if TYPE_CHECKING:
    from keyaudit.remediation.usage.audit import Auditor
    from keyaudit.remediation.wrapping.cache import DataKeyCache

T = TypeVar("T")


class KeyManager(Rotation, Archival, Destruction):
    """Keys with versions and states (see `KeyState`), in one SQLite file, wrapped under a root
    key that is not in it (`LocalKey`, `AwsKmsKey`).

        manager = KeyManager.create("keys.db", LocalKey.open("root.json", passphrase))
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")

    Every change is one transaction, written to the disk together with its record in a chained
    audit log before the call returns; a process killed at any point leaves the store as it was
    before or as it is after. Threads may share a manager, and processes a file. Every verb says
    who acts (`by`).
    """

    @classmethod
    def create(
        cls,
        file: str | os.PathLike[str],
        root: KeyEncryptionKey,
        *,
        by: str = "keyaudit",
        clock: Clock = system_clock,
    ) -> Self:
        """Make a store. `clock` gives the time, with a time zone. Raises FileExistsError."""
        target = Path(file)
        store_id = secrets.token_hex(8)
        # Made aside and then linked to its name, so that a half-made store never bears it.
        aside = target.with_name(f".{target.name}.{store_id}")
        store = Store.create(aside)
        try:
            values = {"id": store_id.encode(), "root": root.id.encode()}
            with SecureKey.generate() as chain_key, SecureKey.generate() as seed:
                values[CHAIN_KEY] = root.wrap(chain_key, store_context(store_id, CHAIN_KEY))
                values[SIGNING_KEY] = root.wrap(seed, store_context(store_id, SIGNING_KEY))
                values["signing-public"] = _public(seed)
                with store.write() as connection:
                    connection.executemany("INSERT INTO meta VALUES (?, ?)", values.items())
                    now = clock()
                    audit_log.append(connection, chain_key, now, by, "create-store", root=root.id)
            store.close()
            os.link(aside, target)
        finally:
            store.close()
            aside.unlink(missing_ok=True)
        sync_folder(target.parent)
        return cls.open(target, root, clock=clock)

    @classmethod
    def open(
        cls,
        file: str | os.PathLike[str],
        root: KeyEncryptionKey,
        *,
        clock: Clock = system_clock,
    ) -> Self:
        """Open a store that `create` made. Raises FileNotFoundError, `StoreError` for other or
        damaged files, `UnknownKeyError` for another root key."""
        store = Store.open(Path(file))
        try:
            return cls(store, root, clock)
        except BaseException:
            store.close()
            raise

    def names(self) -> tuple[str, ...]:
        """The names of all keys, in order."""
        with self._store.read() as connection:
            rows = connection.execute("SELECT name FROM keys ORDER BY name")
            return tuple(row["name"] for row in rows)

    def versions(self, name: str) -> tuple[KeyVersion, ...]:
        """All versions of a key (or of what an alias leads to), oldest first, destroyed ones
        included. Raises `UnknownKeyError`."""
        with self._store.read() as connection:
            return self._versions(connection, self.resolve(name))

    def primary(self, name: str) -> KeyVersion:
        """The version that protects new data. Raises `KeyStateError` when there is none that is
        active, `UnknownKeyError`."""
        with self._store.read() as connection:
            version = self._primary(connection, self.resolve(name))
        self._check_active(version)
        return version

    def set_alias(self, alias: str, name: str, *, by: str) -> None:
        """Let a second name lead to a key, or to another key than before. Raises ValueError for
        a bad alias or the name of a key, `UnknownKeyError`."""
        with self._change(by, "set-alias", name, None, alias=check_name(alias)) as connection:
            self._policy(connection, name)
            if alias in self.names():
                raise ValueError(f"{alias!r} is a key's own name")
            connection.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?)", (alias, name))

    def remove_alias(self, alias: str, *, by: str) -> None:
        """Remove an alias; harmless when there is none."""
        with self._change(by, "remove-alias", "", None, alias=alias) as connection:
            connection.execute("DELETE FROM aliases WHERE alias = ?", (alias,))

    def resolve(self, name: str) -> str:
        """The key that an alias leads to; any other name as it is."""
        with self._store.read() as connection:
            row = connection.execute("SELECT key FROM aliases WHERE alias = ?", (name,)).fetchone()
        return name if row is None else str(row["key"])

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
        anew: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> Reencryption[T]:
        """Move envelopes to the key's primary version.

        `envelopes`: names or ids, each with its envelope and context, from wherever they are
        kept; `save` is called with name and new envelope of each that changes, and must have
        stored it when it returns. Envelopes under the primary version already are passed over,
        so that a run cut short is taken up by running it again. `progress` is called with the
        number done so far. `anew` encrypts the data itself under a fresh data key, as after a
        compromise; else only the data key is wrapped anew.

        An envelope that cannot be opened does not stop the run: it is in the result's `failed`.
        What `save` raises does, and is passed on. Raises `KeyStateError`, `UnknownKeyError`.
        """
        current = self.primary(name)
        result = reencrypt(self.cipher(name), current.id, envelopes, save, progress, anew=anew)
        counts = {"moved": result.moved, "skipped": result.skipped, "failed": len(result.failed)}
        with self._change(by, "reencrypt", current.key, current.number, anew=anew, **counts):
            pass
        return result

    def change_root(self, root: KeyEncryptionKey, *, by: str) -> None:
        """Wrap everything in the store under another root key, all or nothing; from then on the
        store opens with that one. Raises what the root keys raise."""
        with self._change(by, "change-root", "", None, root=root.id) as connection:
            for what in (CHAIN_KEY, SIGNING_KEY):
                context = self._context(what)
                with self._root.unwrap(self._store.meta(what), context) as secret:
                    self._put(connection, what, root.wrap(secret, context))
            self._put(connection, "root", root.id.encode())
            rows = connection.execute("SELECT key, number FROM versions WHERE material NOT NULL")
            for row in rows.fetchall():
                version = self._version(row["key"], row["number"])
                context = self._context("material", version.key, version.number)
                with self._material(connection, version) as secret:
                    self._set(connection, version, material=root.wrap(secret, context))
        self._root = root

    def audit(self, anchor: tuple[int, bytes] | None = None) -> tuple[AuditRecord, ...]:
        """The audit log, oldest first, after checking its chain and the file itself.

        `anchor`: sequence and hash of a record that you noted elsewhere; it shows that the log
        was not cut short or the file replaced by an older one. Raises `StoreError`.
        """
        self._store.check()
        with self._store.read() as connection:
            return tuple(audit_log.verified(connection, self._chain_key, anchor))

    def close(self) -> None:
        """Close the file and wipe the key of the audit log; the root key stays open."""
        self._chain_key.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<KeyManager of {str(self._store.file)!r}>"

    @staticmethod
    def _put(connection: sqlite3.Connection, name: str, value: bytes) -> None:
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
