"""A key encryption key that is stored in the operating system's keyring; extra `keyring`."""

from __future__ import annotations

import base64
import binascii
import contextlib
import secrets
from collections.abc import Iterator
from typing import Any, Self

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import (
    BackendError,
    KeySourceError,
    MissingBackendError,
    WeakParameterError,
)
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey
from keyaudit.remediation.wrapping.local import LocalKey

_FORM = "keyaudit-key-1"
_MISSING = "the system's keyring needs PyPI's keyring: pip install 'keyaudit[keyring]'"


class KeyringKey(Closing, KeyEncryptionKey):
    """A key encryption key stored in the operating system's keyring (macOS Keychain, Windows
    Credential Locker, Secret Service, KWallet). It is used in this process, in locked memory, as a
    `LocalKey`, and has its wrapped form. For programs of one user on one machine: any program that
    runs as that user can read the keyring too. Made by `create` and `open`; `close` wipes it.

    The keyring entry is the text "keyaudit-key-1", the id and the key in base64, separated by
    spaces. A copy of it stays in freed memory, since keyrings return text.

    Keyrings with a priority below 1, which the package keyring does not recommend (plain-text
    files, or no storage at all), are refused with `WeakParameterError`.
    """

    def __init__(self, key: LocalKey) -> None:
        self._key = key

    @property
    def id(self) -> str:
        """The key's name in envelopes; random, and stored in the keyring with it."""
        return self._key.id

    @classmethod
    def create(cls, service: str, name: str) -> Self:
        """Generate a key and store it in the keyring as the entry `name` of `service`.

        Raises `KeySourceError` when the entry exists or was not stored, `BackendError` when the
        keyring refuses or is locked, `WeakParameterError`, and `MissingBackendError` without the
        package keyring. Keyrings have no atomic creation: of two programs that create the entry at
        the same moment, one overwrites the other's key.
        """
        backend = _backend()
        with _errors():
            if backend.get_password(service, name) is not None:
                raise KeySourceError(f"the keyring has an entry {name!r} of {service!r} already")
        secret = SecureKey.generate()
        key = LocalKey(secret, f"keyring:{secrets.token_hex(16)}")
        try:
            text = f"{_FORM} {key.id} {base64.b64encode(secret.view()).decode('ascii')}"
            with _errors():
                backend.set_password(service, name, text)
                if backend.get_password(service, name) != text:
                    raise KeySourceError(f"the keyring did not keep {name!r} of {service!r}")
        except BaseException:
            key.close()
            raise
        return cls(key)

    @classmethod
    def open(cls, service: str, name: str) -> Self:
        """Open the key that `create` stored. Raises `KeySourceError` when there is no such entry,
        or it is not a key; other errors as `create`."""
        backend = _backend()
        with _errors():
            text = backend.get_password(service, name)
        if text is None:
            raise KeySourceError(f"the keyring has no entry {name!r} of {service!r}")
        form, _, rest = str(text).partition(" ")
        id, _, encoded = rest.partition(" ")
        try:
            secret = bytearray(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            secret = bytearray()
        if form != _FORM or not secret:
            raise KeySourceError(f"{name!r} of {service!r} in the keyring is no key")
        return cls(LocalKey(SecureKey(secret), id))

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """See `LocalKey.wrap`; same errors."""
        return self._key.wrap(key, context)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """See `LocalKey.unwrap`; same errors."""
        return self._key.unwrap(wrapped, context)

    def close(self) -> None:
        """Wipe the key in memory; it stays in the keyring."""
        self._key.close()

    def __repr__(self) -> str:
        return f"<KeyringKey {self.id!r}>"


def _backend() -> Any:
    try:
        import keyring
    except ImportError:
        raise MissingBackendError(
            "keyrings need keyring: pip install 'keyaudit[keyring]'"
        ) from None
    with _errors():
        chosen: Any = keyring.get_keyring()
    # A chain asks several keyrings, and writes to the first that can: none of them may be weak.
    for backend in (chosen, *getattr(chosen, "backends", ())):
        if backend.priority < 1:
            raise WeakParameterError(
                f"the keyring {type(backend).__module__}",
                "one of priority 1 or more",
                "keyring, KeyringBackend.priority: 1 or greater is recommended",
            )
    return chosen


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    from keyring.errors import KeyringError

    try:
        yield
    except KeyringError as error:
        raise BackendError(f"the keyring refused: {error}", type(error).__name__) from None
