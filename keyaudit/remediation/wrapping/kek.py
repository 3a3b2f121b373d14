"""Key encryption keys: what every provider of one gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol, Self

from keyaudit.remediation.errors import UnknownKeyError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context

DATA_KEY_BYTES = 32


class KeySource(Protocol):
    """Where an `EnvelopeCipher` gets key encryption keys: one to wrap with now, any to unwrap."""

    def current(self) -> KeyEncryptionKey:
        """The key to wrap new data keys with."""
        ...

    def find(self, key_id: str) -> KeyEncryptionKey:
        """The key of that id; `UnknownKeyError` when there is none."""
        ...


class KeyEncryptionKey(ABC):
    """A key that wraps other keys and encrypts nothing else. It is a `KeySource` of one key."""

    @property
    @abstractmethod
    def id(self) -> str:
        """Names the key in envelopes, for ever: at most 65535 bytes of UTF-8, no secret."""

    @abstractmethod
    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """`key` encrypted and bound to `context`; at most 65535 bytes. `BackendError` when the
        service that holds the key refuses."""

    @abstractmethod
    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` took. `DecryptionError` when key, context or bytes do not belong
        together, `BackendError` when the service refuses for another reason."""

    def new_data_key(self, context: Context) -> tuple[SecureKey, bytes]:
        """A fresh data key of 32 bytes, plain and wrapped; same errors as `wrap`."""
        key = SecureKey.generate(DATA_KEY_BYTES)
        try:
            return key, self.wrap(key, context)
        except BaseException:
            key.close()
            raise

    def current(self) -> Self:
        """This key."""
        return self

    def find(self, key_id: str) -> Self:
        """This key, when it is the one asked for; else `UnknownKeyError`."""
        if key_id != self.id:
            raise UnknownKeyError("the envelope's data key is wrapped under a key not at hand")
        return self


class KeyChain:
    """Several key encryption keys: the first wraps, each unwraps what it wrapped.

    For a change of keys: `KeyChain(new, old)`. Raises ValueError for two keys of one id.
    """

    def __init__(self, primary: KeyEncryptionKey, *older: KeyEncryptionKey) -> None:
        self._primary = primary
        self._keys = {key.id: key for key in (primary, *older)}
        if len(self._keys) != 1 + len(older):
            raise ValueError("every key of a chain has an id of its own")

    def current(self) -> KeyEncryptionKey:
        """The first key."""
        return self._primary

    def find(self, key_id: str) -> KeyEncryptionKey:
        """The key of that id; `UnknownKeyError` when there is none."""
        try:
            return self._keys[key_id]
        except KeyError:
            raise UnknownKeyError(
                "the envelope's data key is wrapped under a key not at hand"
            ) from None
