"""The message key of an envelope, and encryption and decryption of one message under it."""

from __future__ import annotations

import hashlib
import secrets
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from keyaudit.remediation.errors import DecryptionError
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.memory.fresh import filled_bytes
from keyaudit.remediation.memory.wiping import wipe
from keyaudit.remediation.secure_key import SecureKey
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
    """The message key of one envelope. It encrypts and decrypts within `with`, and is wiped at its
    end.

    `prefix`: the first 8 bytes of the header. `salt`: 32 bytes. `context`: in canonical form.
    """

    def __init__(self, data_key: SecureKey, prefix: bytes, salt: bytes, context: bytes) -> None:
        self._buffer = bytearray(_KEY_BYTES + COMMITMENT_BYTES)
        info = _LABEL + prefix + hashlib.sha256(context).digest()
        aead.expand(self._buffer, data_key, salt, info)
        self.commitment = bytes(self._buffer[_KEY_BYTES:])
        self.associated = hashlib.sha256(prefix + salt + context).digest()
        self._cipher: Any = None

    @classmethod
    def of(cls, header: EnvelopeHeader, data_key: SecureKey, context: bytes) -> Self:
        """The key of an existing envelope. Raises `DecryptionError` when the commitment does not
        match."""
        key = cls(data_key, header.prefix, header.salt, context)
        if not constant_time_equal(key.commitment, header.commitment):
            key.close()
            raise DecryptionError(aead.REFUSED)
        return key

    def encrypt(self, nonce: bytes, data: Buffer) -> bytes:
        """Ciphertext and tag of `data`. Use each nonce only once."""
        result: bytes = self._cipher.encrypt(nonce, data, self.associated)
        return result

    def encrypt_after(self, head: bytes, nonce: bytes, data: Buffer) -> bytes:
        """`head` followed by ciphertext and tag, without the copy that joining large parts would
        take."""
        size = memoryview(data).nbytes
        if size < _LARGE or not hasattr(self._cipher, "encrypt_into"):
            return head + self.encrypt(nonce, data)

        def fill(whole: memoryview) -> None:
            whole[: len(head)] = head
            with whole[len(head) :] as target:
                self._cipher.encrypt_into(nonce, data, self.associated, target)

        return filled_bytes(len(head) + size + aead.TAG_BYTES, fill)

    def encrypt_into(self, target: memoryview, nonce: bytes, data: memoryview) -> Buffer:
        """Ciphertext and tag, written into `target` where the installed cryptography can do
        that."""
        if not hasattr(self._cipher, "encrypt_into"):
            return self.encrypt(nonce, data)
        sealed = target[: data.nbytes + aead.TAG_BYTES]
        self._cipher.encrypt_into(nonce, data, self.associated, sealed)
        return sealed

    def decrypt(self, nonce: bytes, data: memoryview) -> bytes:
        """The plaintext of `data` (ciphertext and tag). Raises `DecryptionError` when anything was
        changed."""
        size = data.nbytes - aead.TAG_BYTES
        if size < _LARGE or not hasattr(self._cipher, "decrypt_into"):
            return aead.open_bytes(self._cipher, nonce, data, self.associated)
        # pyca fills what it returns with zeros first, which shows beside fast AES.
        return filled_bytes(
            size, lambda target: aead.open_into(self._cipher, target, nonce, data, self.associated)
        )

    def decrypt_into(self, target: memoryview, nonce: bytes, data: memoryview) -> memoryview:
        """The plaintext, written into `target` where the installed cryptography can do that. Raises
        `DecryptionError` when anything was changed."""
        if not hasattr(self._cipher, "decrypt_into"):
            return memoryview(self.decrypt(nonce, data))
        plain = target[: data.nbytes - aead.TAG_BYTES]
        aead.open_into(self._cipher, plain, nonce, data, self.associated)
        return plain

    def close(self) -> None:
        """Wipe the key, after deleting the cipher that holds its round keys."""
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
    """A random salt (32 bytes) for a new envelope."""
    return secrets.token_bytes(SALT_BYTES)
