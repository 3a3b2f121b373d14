"""Reads data that was encrypted without envelopes, so that it can be moved to envelopes.

The keys of such data were often written in source code. Use the readers only until the data is
moved; then remove them and destroy the keys. Until then, whoever knows an old key can replace the
data by data of their own, since it is not bound to a context.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from keyaudit.remediation.errors import DecryptionError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

_LAYOUTS = {
    "nonce-ciphertext-tag": (0, 2, 1),
    "nonce-tag-ciphertext": (0, 1, 2),
    "tag-nonce-ciphertext": (1, 0, 2),
}
_TAG_BYTES = 16


class LegacyReader(Protocol):
    """Decrypts data of one older format."""

    def decrypt(self, data: bytes) -> bytes:
        """The plaintext of `data`. Raises `DecryptionError` for data of another format or under
        another key."""
        ...


class LegacyFernet:
    """Reads tokens of `cryptography.fernet` (`Fernet`, `MultiFernet`). `max_age`: seconds after
    which a token is refused; None for any age."""

    def __init__(self, fernet: Fernet | MultiFernet, *, max_age: int | None = None) -> None:
        self._fernet = fernet
        self._max_age = max_age

    def decrypt(self, data: bytes) -> bytes:
        """The plaintext of `data`. Raises `DecryptionError` for data of another format or under
        another key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(data, self._max_age)
        except (InvalidToken, TypeError):
            raise DecryptionError(REFUSED) from None


class LegacyGcm:
    """Reads AES-GCM in formats that programs defined themselves, for example with PyCryptodome.

    `key`: 16, 24 or 32 bytes; it is not closed here. `layout`: the order of the parts, with a tag
    of 16 bytes: `nonce-ciphertext-tag` (the output of pyca's `AESGCM` after the nonce),
    `nonce-tag-ciphertext` or `tag-nonce-ciphertext`. `nonce_bytes`: 12, or 16, PyCryptodome's
    default. `associated`: the associated data. Raises ValueError for another layout.
    """

    def __init__(
        self,
        key: SecureKey,
        *,
        layout: str = "nonce-ciphertext-tag",
        nonce_bytes: int = 12,
        associated: bytes | None = None,
    ) -> None:
        if layout not in _LAYOUTS:
            raise ValueError(f"a layout is one of {', '.join(_LAYOUTS)}")
        self._key = key
        self._order = _LAYOUTS[layout]
        self._nonce_bytes = nonce_bytes
        self._associated = associated

    def decrypt(self, data: bytes) -> bytes:
        """The plaintext of `data`. Raises `DecryptionError` for data of another format or under
        another key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(data) < self._nonce_bytes + _TAG_BYTES:
            raise DecryptionError(REFUSED)
        lengths = self._nonce_bytes, _TAG_BYTES, len(data) - self._nonce_bytes - _TAG_BYTES
        parts = [b"", b"", b""]
        at = 0
        for part in self._order:
            parts[part] = data[at : at + lengths[part]]
            at += lengths[part]
        nonce, tag, ciphertext = parts
        try:
            return AESGCM(self._key.view()).decrypt(nonce, ciphertext + tag, self._associated)
        except (InvalidTag, ValueError):
            raise DecryptionError(REFUSED) from None


class LegacyAwsKms:
    """Reads data that was encrypted directly by AWS KMS `Encrypt` (up to 4096 bytes).

    `client`: a boto3 KMS client. `key_id`: the key that the data must be under. `context`: the
    encryption context that `Encrypt` was called with.
    """

    def __init__(self, client: Any, *, key_id: str, context: dict[str, str] | None = None) -> None:
        self._client = client
        self._key_id = key_id
        self._context = {} if context is None else context

    def decrypt(self, data: bytes) -> bytes:
        """The plaintext of `data`. Raises `DecryptionError` for data of another format or under
        another key or context, `BackendError` when KMS refuses for another reason."""
        from keyaudit.remediation.backends import aws
        from keyaudit.remediation.errors import BackendError

        try:
            with aws.errors():
                answer = self._client.decrypt(
                    CiphertextBlob=data, KeyId=self._key_id, EncryptionContext=self._context
                )
        except BackendError as error:
            if error.code in ("InvalidCiphertextException", "IncorrectKeyException"):
                raise DecryptionError(REFUSED) from None
            raise
        plain: bytes = answer["Plaintext"]
        return plain


def first_that_reads(readers: Sequence[LegacyReader]) -> Callable[[bytes], bytes]:
    """A function that decrypts by the first reader that can. It raises `DecryptionError` when none
    can."""

    def read(data: bytes) -> bytes:
        for reader in readers:
            try:
                return reader.decrypt(data)
            except DecryptionError:
                continue
        raise DecryptionError(REFUSED)

    return read
