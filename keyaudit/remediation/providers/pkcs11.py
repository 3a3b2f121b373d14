"""A key of a PKCS#11 token (HSM, smart card) as the key encryption key; extra `pkcs11`."""

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
    """What a key asks of the session with its token (`Pkcs11Token`)."""

    def use(self, operation: str) -> AbstractContextManager[Any]:
        """The session of python-pkcs11, for one thread at a time, within `with`; what goes wrong
        with `operation` is raised as `BackendError`."""


class Pkcs11Key(KeyEncryptionKey):
    """An AES-256 key that a token keeps, from `Pkcs11Token.key` or `create_key`.

    Wrapped form: a random nonce (12 bytes), then AES-256-GCM by the token, with id and canonical
    context as associated data. Nonces are random, so a key wraps at most 2^32 times (NIST SP
    800-38D, 8.3): with a `DataKeyCache` that is far away, without one it is a key a message. The
    token sees data keys as PKCS#11 passes them, as `bytes`, of which copies stay in freed memory.
    """

    def __init__(self, token: TokenSession, key: Any, uri: str) -> None:
        self._token = token
        self._key = key
        self._uri = uri

    @property
    def id(self) -> str:
        """A PKCS#11 URI (RFC 7512) with the token's label and serial number, and the key's label
        and id."""
        return self._uri

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """`C_Encrypt`; `BackendError` when the token refuses."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._encrypt(nonce, key.view().tobytes(), self._bound(context))

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """`C_Decrypt`; `DecryptionError` for another key, context or bytes. Where the module
        answers no more than that something failed (SoftHSM does), a probe tells whether it is
        the token."""
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
