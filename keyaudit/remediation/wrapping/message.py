"""The keys of one envelope, and the encryption of one message under them."""

from __future__ import annotations

import hashlib
import io
import secrets
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from keyaudit.remediation.errors import DecryptionError
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.memory.secure_key import SecureKey
from keyaudit.remediation.memory.wiping import wipe
from keyaudit.remediation.wrapping import aead
from keyaudit.remediation.wrapping.envelope_format import (
    COMMITMENT_BYTES,
    SALT_BYTES,
    EnvelopeHeader,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

_LABEL = b"keyaudit/envelope/1"
_KEY_BYTES = 32
_LARGE = 2**16
MAX_MESSAGE = 2**31 - 1 - aead.TAG_BYTES
"""Bytes of one message: what one call of pyca's AESGCM takes. Streams have no such bound."""


class MessageKey:
    """The message key of one envelope, in use within `with`; wiped after."""

    def __init__(self, data_key: SecureKey, prefix: bytes, salt: bytes, context: bytes) -> None:
        self._buffer = bytearray(_KEY_BYTES + COMMITMENT_BYTES)
        info = _LABEL + prefix + hashlib.sha256(context).digest()
        aead.expand(self._buffer, data_key, salt, info)
        self.commitment = bytes(self._buffer[_KEY_BYTES:])
        self.associated = hashlib.sha256(prefix + salt + context).digest()
        self._cipher: Any = None

    @classmethod
    def of(cls, header: EnvelopeHeader, data_key: SecureKey, context: bytes) -> Self:
        """The key of an existing envelope; `DecryptionError` when the commitment is another."""
        key = cls(data_key, header.prefix, header.salt, context)
        if not constant_time_equal(key.commitment, header.commitment):
            key.close()
            raise DecryptionError(aead.REFUSED)
        return key

    def encrypt(self, nonce: bytes, data: Buffer) -> bytes:
        """Ciphertext and tag. A nonce is used once."""
        result: bytes = self._cipher.encrypt(nonce, data, self.associated)
        return result

    def encrypt_after(self, head: bytes, nonce: bytes, data: Buffer) -> bytes:
        """`head`, ciphertext and tag as one, without the copy that joining large ones takes."""
        size = memoryview(data).nbytes
        if size < _LARGE or not hasattr(self._cipher, "encrypt_into"):
            return head + self.encrypt(nonce, data)
        # BytesIO hands out its buffer as bytes without copying, once nobody else has a view of it.
        whole = io.BytesIO()
        whole.write(head)
        whole.seek(len(head) + size + aead.TAG_BYTES - 1)
        whole.write(b"\0")
        with whole.getbuffer() as buffer, buffer[len(head) :] as target:
            self._cipher.encrypt_into(nonce, data, self.associated, target)
        return whole.getvalue()

    def decrypt(self, nonce: bytes, data: Buffer) -> bytes:
        """The plaintext; `DecryptionError` when anything was changed."""
        return aead.open_bytes(self._cipher, nonce, data, self.associated)

    def close(self) -> None:
        """Wipe the key, after the cipher that holds its round keys is gone."""
        self._cipher = None
        wipe(self._buffer)

    def __enter__(self) -> Self:
        with memoryview(self._buffer) as view:
            self._cipher = aead.aes_gcm(view[:_KEY_BYTES])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def new_salt() -> bytes:
    """A salt for a new envelope."""
    return secrets.token_bytes(SALT_BYTES)
