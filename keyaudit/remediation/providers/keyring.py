"""The operating system's keyring as the keeper of a key encryption key; extra `keyring`."""

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
    """A key that the operating system's keyring keeps (macOS Keychain, Windows Credential Locker,
    Secret Service, KWallet) and that is used here, in locked memory, as a `LocalKey`; same wrapped
    form. For programs of one person on one machine: whatever runs as that person can ask the
    keyring as well. Made by `create` and `open`; `close` wipes it.

    The entry's text is "keyaudit-key-1", the id and the key in base64, with blanks between; a
    copy of it stays in freed memory, since keyrings hand out text.

    Keyrings below priority 1, which PyPI's keyring does not recommend (plain-text files, or
    nothing at all), are refused with `WeakParameterError`.
    """

    def __init__(self, key: LocalKey) -> None:
        self._key = key

    @property
    def id(self) -> str:
        """Names the key in envelopes; random, and kept in the keyring with it."""
        return self._key.id

    @classmethod
    def create(cls, service: str, name: str) -> Self:
        """Make a fresh key and keep it as the entry `name` of `service`.

        Raises `KeySourceError` when that entry is taken (two programs that create it in the same
        moment are not kept apart: keyrings have no such step) or was not kept, `BackendError` when
        the keyring refuses or is locked, `WeakParameterError`, and `MissingBackendError` without
        PyPI's keyring.
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
        """The key that `create` made. `KeySourceError` when there is none, or something else
        under that name; otherwise raises as `create`."""
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
        """As `LocalKey.wrap`."""
        return self._key.wrap(key, context)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """As `LocalKey.unwrap`."""
        return self._key.unwrap(wrapped, context)

    def close(self) -> None:
        """Wipe the key here; the keyring keeps it."""
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
