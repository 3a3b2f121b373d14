"""Keys on a PKCS#11 token (HSM, smart card) as key encryption keys; extra `pkcs11`."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from typing import Any, Protocol

from keyaudit.remediation.backends import pkcs11
from keyaudit.remediation.errors import BackendError, DecryptionError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED, TAG_BYTES
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

_NONCE_BYTES = 12
_WRONG_INPUT = {"EncryptedDataInvalid", "EncryptedDataLenRange", "SignatureInvalid"}
_ANYTHING = {"GeneralError", "FunctionFailed", "DeviceError"}
"""What modules answer to a wrong tag, but to faults of the token too."""


class TokenSession(Protocol):
    """The part of `Pkcs11Token` that a key uses."""

    def use(self, operation: str) -> AbstractContextManager[Any]:
        """Context manager that gives the session of python-pkcs11 to one thread at a time. Errors
        of the token are raised as `BackendError`; `operation` names the call in the message."""


class Pkcs11Key(KeyEncryptionKey):
    """An AES-256 key on a token as a key encryption key, from `Pkcs11Token.key` or
    `Pkcs11Token.create_key`.

    Wrapped form: a random nonce (12 bytes), then ciphertext and tag of AES-256-GCM, computed by the
    token, with label, id and canonical context as associated data. Since nonces are random, a key
    may wrap at most 2^32 times (NIST SP 800-38D, 8.3): that is one use for each message, or far
    fewer with a `DataKeyCache`. Data keys pass through PKCS#11 as `bytes`, of which copies stay in
    freed memory.
    """

    def __init__(self, token: TokenSession, key: Any, uri: str) -> None:
        self._token = token
        self._key = key
        self._uri = uri

    @property
    def id(self) -> str:
        """A PKCS#11 URI (RFC 7512) with label and serial number of the token and label and id of
        the key."""
        return self._uri

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap by `C_Encrypt`. Raises `BackendError` when the token refuses."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._encrypt(nonce, key.view().tobytes(), self._bound(context))

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """Unwrap by `C_Decrypt`. Raises `DecryptionError` for another key, context or bytes,
        `BackendError` when the token fails. Some modules (SoftHSM) report a wrong tag as a general
        error; a test encryption then shows whether the token itself works."""
        bound = self._bound(context)
        if len(wrapped) <= _NONCE_BYTES + TAG_BYTES:
            raise DecryptionError(REFUSED)
        try:
            plain = self._decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound)
        except BackendError as error:
            if error.code in _WRONG_INPUT or (error.code in _ANYTHING and self._works()):
                raise DecryptionError(REFUSED) from None
            raise
        return SecureKey.copy_of(plain)

    def _works(self) -> bool:
        nonce, data = secrets.token_bytes(_NONCE_BYTES), secrets.token_bytes(16)
        try:
            return self._decrypt(nonce, self._encrypt(nonce, data, b"probe"), b"probe") == data
        except BackendError:
            return False

    def _encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        with self._token.use("C_Encrypt"):
            return bytes(self._key.encrypt(data, **_gcm(nonce, bound)))

    def _decrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        with self._token.use("C_Decrypt"):
            return bytes(self._key.decrypt(data, **_gcm(nonce, bound)))

    def _bound(self, context: Context) -> bytes:
        name = self._uri.encode()
        return b"keyaudit/pkcs11-wrap/1" + len(name).to_bytes(2, "big") + name + canonical(context)

    def __repr__(self) -> str:
        return f"<Pkcs11Key {self._uri}>"


def _gcm(nonce: bytes, bound: bytes) -> dict[str, Any]:
    api = pkcs11.api()
    return {
        "mechanism": api.Mechanism.AES_GCM,
        "mechanism_param": api.GCMParams(nonce, bound, TAG_BYTES * 8),
    }
