"""The versions of a managed key as key encryption keys for `EnvelopeCipher`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from keyaudit.remediation.lifecycle.rows import Values
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey
from keyaudit.remediation.wrapping.local import LocalKey


class Versions(Protocol):
    """The methods of a `KeyManager` that this module uses."""

    def _to_protect(self, name: str, algorithm: str) -> Values: ...

    def _to_open(self, name: str, key_id: str, algorithm: str) -> Values: ...

    def _lease(self, row: Values) -> AbstractContextManager[SecureKey]: ...


class ManagedKeys:
    """A `KeySource` for a managed key: its primary version wraps, and every version unwraps as far
    as its state allows."""

    def __init__(self, manager: Versions, name: str, algorithm: str) -> None:
        self._manager = manager
        self._name = name
        self._algorithm = algorithm

    def current(self) -> KeyEncryptionKey:
        """The primary version. Raises `KeyStateError` when there is none or it is not active."""
        return _ManagedKey(self._manager, self._manager._to_protect(self._name, self._algorithm))

    def find(self, key_id: str) -> KeyEncryptionKey:
        """The version with that id. Raises `UnknownKeyError` when this key has none,
        `KeyStateError` when its state does not allow it to decrypt data now."""
        return _ManagedKey(
            self._manager, self._manager._to_open(self._name, key_id, self._algorithm)
        )


class _ManagedKey(KeyEncryptionKey):
    """One version, as read in one consistent view of the store, so that state and key belong
    together. It is read again for each use."""

    def __init__(self, manager: Versions, row: Values) -> None:
        self._manager = manager
        self._row = row

    @property
    def id(self) -> str:
        return str(self._row["id"])

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        with self._manager._lease(self._row) as held:
            return LocalKey(held, self.id).wrap(key, context)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        with self._manager._lease(self._row) as held:
            return LocalKey(held, self.id).unwrap(wrapped, context)
