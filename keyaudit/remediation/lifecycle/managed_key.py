"""The versions of a managed key, as key encryption keys for `EnvelopeCipher`."""

from __future__ import annotations

from typing import Protocol

from keyaudit.remediation.errors import UnknownKeyError
from keyaudit.remediation.lifecycle.records import KeyVersion
from keyaudit.remediation.memory.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey
from keyaudit.remediation.wrapping.local import LocalKey


class Versions(Protocol):
    """What this module asks of a `KeyManager`."""

    def primary(self, name: str) -> KeyVersion: ...

    def versions(self, name: str) -> tuple[KeyVersion, ...]: ...

    def _to_protect(self, version: KeyVersion) -> SecureKey: ...

    def _to_open(self, version: KeyVersion) -> SecureKey: ...


class ManagedKeys:
    """A `KeySource`: the primary version wraps, every version unwraps as its state allows."""

    def __init__(self, manager: Versions, name: str) -> None:
        self._manager = manager
        self._name = name

    def current(self) -> KeyEncryptionKey:
        """The primary version; `KeyStateError` when there is none that is active."""
        return _ManagedKey(self._manager, self._manager.primary(self._name))

    def find(self, key_id: str) -> KeyEncryptionKey:
        """The version of that id; `UnknownKeyError` when it is none of this key's."""
        for version in self._manager.versions(self._name):
            if version.id == key_id:
                return _ManagedKey(self._manager, version)
        raise UnknownKeyError(f"the envelope is under no version of key {self._name!r}")


class _ManagedKey(KeyEncryptionKey):
    """One version. Its state is looked up, and its key unwrapped, anew for each use."""

    def __init__(self, manager: Versions, version: KeyVersion) -> None:
        self._manager = manager
        self._version = version

    @property
    def id(self) -> str:
        return self._version.id

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        with LocalKey(self._manager._to_protect(self._version), self.id) as local:
            return local.wrap(key, context)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        with LocalKey(self._manager._to_open(self._version), self.id) as local:
            return local.unwrap(wrapped, context)
