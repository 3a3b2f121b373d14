"""What the verbs of a `KeyManager` have in common: store, root key, clock and audit log."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from keyaudit.remediation.errors import KeyStateError, UnknownKeyError
from keyaudit.remediation.lifecycle import audit_log
from keyaudit.remediation.lifecycle.records import (
    KeyPolicy,
    KeyVersion,
    check_actor,
    utc,
)
from keyaudit.remediation.lifecycle.states import KeyState, check_transition
from keyaudit.remediation.lifecycle.stores.base import (
    SELECT_VERSION,
    Connection,
    Row,
    Store,
)
from keyaudit.remediation.memory.secure_key import SecureKey
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

Clock = Callable[[], datetime]
CHAIN_KEY, SIGNING_KEY = "chain-key", "signing-key"
_FINGERPRINT_BYTES = 16


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Access:
    """An open store with the key that its keys are wrapped under."""

    def __init__(self, store: Store, root: KeyEncryptionKey, clock: Clock) -> None:
        self._store = store
        self._root = root
        self._clock = clock
        self._store_id = store.meta("id").decode()
        self._check_root()
        self._chain_key = root.unwrap(store.meta(CHAIN_KEY), self._context(CHAIN_KEY))

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _context(self, what: str, key: str = "", number: int = 0) -> dict[str, str]:
        """What a secret of the store is bound to when the root key wraps it."""
        return store_context(self._store_id, what, key, number)

    @contextlib.contextmanager
    def _change(
        self, by: str, action: str, key: str, number: int | None, **detail: object
    ) -> Iterator[Connection]:
        """One transaction that ends with its record in the audit log."""
        check_actor(by)
        with self._write() as connection:
            yield connection
            self._record(connection, by, action, key, number, **detail)

    @contextlib.contextmanager
    def _write(self) -> Iterator[Connection]:
        """One transaction under the root key that the store has now."""
        with self._store.write() as connection:
            self._check_root()
            yield connection

    def _check_root(self) -> None:
        """Raise `UnknownKeyError` when another process changed the root key: what this one still
        wrapped under the old one would be lost with it."""
        expected = self._store.meta("root").decode()
        if self._root.id != expected:
            raise UnknownKeyError(f"the store's root key is {expected!r}, not {self._root.id!r}")

    def _record(
        self,
        connection: Connection,
        by: str,
        action: str,
        key: str,
        number: int | None,
        **detail: object,
    ) -> None:
        audit_log.append(
            connection, self._chain_key, self._now(), check_actor(by), action, key, number, **detail
        )

    def _policy(self, connection: Connection, key: str) -> Row:
        row: Row | None = connection.execute("SELECT * FROM keys WHERE name = ?", (key,)).fetchone()
        if row is None:
            raise UnknownKeyError(f"there is no key {key!r}")
        return row

    def _versions(self, connection: Connection, key: str) -> tuple[KeyVersion, ...]:
        self._policy(connection, key)
        rows = connection.execute(
            SELECT_VERSION + "WHERE versions.key = ? ORDER BY versions.number", (key,)
        )
        return tuple(KeyVersion.of(row, self._store_id) for row in rows)

    def _primary(self, connection: Connection, key: str) -> KeyVersion:
        for version in self._versions(connection, key):
            if version.is_primary:
                return version
        raise KeyStateError(f"key {key!r} has no active version; activate one, or rotate")

    def _version(self, key: str, number: int) -> KeyVersion:
        return self._store.version(key, number, self._store_id)

    def _check_active(self, version: KeyVersion) -> None:
        if version.state is not KeyState.ACTIVE:
            raise KeyStateError(f"{version.id} is {version.state}, and protects no new data")

    def _move(
        self, connection: Connection, version: KeyVersion, new: KeyState, **columns: object
    ) -> None:
        """Change a version's state, if a way leads there, and other columns with it."""
        check_transition(version.id, version.state, new)
        self._set(connection, version, state=str(new), **columns)

    @staticmethod
    def _set(connection: Connection, version: KeyVersion, **columns: object) -> None:
        """Write columns of a version; their names come from this package's code alone."""
        names = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(
            f"UPDATE versions SET {names} WHERE key = ? AND number = ?",  # noqa: S608
            (*columns.values(), version.key, version.number),
        )

    def _add_version(self, connection: Connection, key: str, number: int, *, active: bool) -> None:
        """A fresh key as a new version, the primary one when `active`."""
        secret, wrapped = self._root.new_data_key(self._context("material", key, number))
        with secret, secret.derive_subkey("fingerprint") as subkey:
            fingerprint = subkey.view()[:_FINGERPRINT_BYTES].tobytes()
        now = utc(self._now())
        state = KeyState.ACTIVE if active else KeyState.PRE_ACTIVATION
        connection.execute(
            "INSERT INTO versions (key, number, state, material, fingerprint, created, activated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, number, str(state), wrapped, fingerprint, now, now if active else None),
        )
        if active:
            connection.execute("UPDATE keys SET primary_number = ? WHERE name = ?", (number, key))

    def _material(self, connection: Connection, version: KeyVersion) -> SecureKey:
        """The version's key, unwrapped by the root key; `KeyStateError` once destroyed."""
        self._check_root()
        row = connection.execute(
            "SELECT material FROM versions WHERE key = ? AND number = ?",
            (version.key, version.number),
        ).fetchone()
        if row is None or row["material"] is None:
            raise KeyStateError(f"{version.id} is destroyed")
        context = self._context("material", version.key, version.number)
        return self._root.unwrap(row["material"], context)


def store_context(store_id: str, what: str, key: str = "", number: int = 0) -> dict[str, str]:
    """The encryption context of a secret in a store."""
    return {"keyaudit-store": store_id, "what": what, "key": key, "version": str(number)}


def policy_values(policy: KeyPolicy) -> tuple[float, int, str | None]:
    """A policy as the columns that hold it."""
    policy.check()
    until = None if policy.retain_until is None else utc(policy.retain_until)
    return policy.cryptoperiod.total_seconds(), policy.approvals, until
