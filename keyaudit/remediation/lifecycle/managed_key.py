"""The versions of a managed key, as key encryption keys for `EnvelopeCipher`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from keyaudit.remediation.lifecycle.rows import Values
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey
from keyaudit.remediation.wrapping.local import LocalKey


class Versions(Protocol):
    """What this module asks of a `KeyManager`."""

    def _to_protect(self, name: str, algorithm: str) -> Values: ...

    def _to_open(self, name: str, key_id: str, algorithm: str) -> Values: ...

    def _lease(self, row: Values) -> AbstractContextManager[SecureKey]: ...


class ManagedKeys:
    """A `KeySource`: the primary version wraps, every version unwraps as its state allows."""

    def __init__(self, manager: Versions, name: str, algorithm: str) -> None:
        self._manager = manager
        self._name = name
        self._algorithm = algorithm

    def current(self) -> KeyEncryptionKey:
        """The primary version; `KeyStateError` when there is none that is active."""
        return _ManagedKey(self._manager, self._manager._to_protect(self._name, self._algorithm))

    def find(self, key_id: str) -> KeyEncryptionKey:
        """The version of that id, when its state lets it open data now; `UnknownKeyError` when it
        is none of this key's, else `KeyStateError`."""
        return _ManagedKey(
            self._manager, self._manager._to_open(self._name, key_id, self._algorithm)
        )


class _ManagedKey(KeyEncryptionKey):
    """One version, as one view of the store had it: state and key belong together, whatever others
    do meanwhile. It is got anew for every use, and so are states."""

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
