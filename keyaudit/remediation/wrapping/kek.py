"""Key encryption keys: the interface of all providers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol, Self

from keyaudit.remediation.auditing.callers import Caller
from keyaudit.remediation.errors import UnknownKeyError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context

DATA_KEY_BYTES = 32


class KeySource(Protocol):
    """Where an `EnvelopeCipher` gets its key encryption keys: the current one to wrap, any to
    unwrap."""

    def current(self) -> KeyEncryptionKey:
        """The key that wraps new data keys."""
        ...

    def find(self, key_id: str) -> KeyEncryptionKey:
        """The key with that id. Raises `UnknownKeyError` when there is none."""
        ...


class KeyEncryptionKey(ABC):
    """A key that wraps other keys and encrypts nothing else. It is also a `KeySource` of one
    key."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The key's permanent name in envelopes: at most 65535 bytes of UTF-8, not secret."""

    @abstractmethod
    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap `key`, bound to `context`. Returns at most 65535 bytes. Raises `BackendError` when
        the service that holds the key refuses."""

    @abstractmethod
    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` wrapped. Raises `DecryptionError` when key, context and bytes do not
        belong together, `BackendError` when the service refuses for another reason."""

    def new_data_key(self, context: Context) -> tuple[SecureKey, bytes]:
        """A fresh data key of 32 bytes, plain and wrapped. Same errors as `wrap`."""
        key = SecureKey.generate(DATA_KEY_BYTES)
        try:
            return key, self.wrap(key, context)
        except BaseException:
            key.close()
            raise

    @property
    def anyone_can_wrap(self) -> bool:
        """Whether this object unwraps what anybody can have wrapped, since the half of the key that
        wraps is public. What it unwraps then does not show who made it."""
        return False

    def caller(self) -> Caller | None:
        """Who asks the key's service, and where, for audit events; None where there is no service,
        or it is not known."""
        return None

    def current(self) -> Self:
        """This key."""
        return self

    def find(self, key_id: str) -> Self:
        """This key, if it has that id. Raises `UnknownKeyError` otherwise."""
        if key_id != self.id:
            raise UnknownKeyError("the envelope's data key is wrapped under a key not at hand")
        return self


class KeyChain:
    """Several key encryption keys: the first one wraps, and each unwraps what it wrapped.

    For the change from an old key to a new one: `KeyChain(new, old)`. Raises ValueError for two
    keys with the same id.
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
        """The key with that id. Raises `UnknownKeyError` when there is none."""
        try:
            return self._keys[key_id]
        except KeyError:
            raise UnknownKeyError(
                "the envelope's data key is wrapped under a key not at hand"
            ) from None

    def member(self, key_id: str) -> KeyEncryptionKey | None:
        """The key with that id; None when there is none."""
        return self._keys.get(key_id)


def caller_of(keys: KeySource, key_id: str) -> Caller | None:
    """Who asks the service of the key with that id, and where, as far as `keys` tell."""
    key = keys.member(key_id) if isinstance(keys, KeyChain) else keys
    return key.caller() if isinstance(key, KeyEncryptionKey) else None
