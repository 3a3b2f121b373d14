"""AES-256-GCM and HKDF, without copies of keys where the installed cryptography allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keyaudit.remediation.errors import DecryptionError
from keyaudit.remediation.generation.subkeys import derive_into
from keyaudit.remediation.secure_key import SecureKey

if TYPE_CHECKING:
    from typing_extensions import Buffer

TAG_BYTES = 16
_SHA256 = hashes.SHA256()
REFUSED = "this does not decrypt: key, context or bytes are not those it was made with"


def aes_gcm(key: Buffer) -> Any:
    """pyca's `AESGCM` for a key of 32 bytes. It holds the round keys until it is deleted."""
    return AESGCM(memoryview(key))


def open_bytes(aead: Any, nonce: bytes, data: Buffer, associated: bytes) -> bytes:
    """Decrypt `data` (ciphertext and tag). `associated`: the associated data. Raises
    `DecryptionError` when key, nonce, data or associated data is wrong."""
    try:
        result: bytes = aead.decrypt(nonce, data, associated)
    except InvalidTag:
        raise DecryptionError(REFUSED) from None
    return result


def open_into(aead: Any, target: memoryview, nonce: bytes, data: Buffer, associated: bytes) -> None:
    """As `open_bytes`, but writes the plaintext into `target`, which has its length. Not available
    in every release of cryptography."""
    try:
        aead.decrypt_into(nonce, data, associated, target)
    except InvalidTag:
        raise DecryptionError(REFUSED) from None


def open_key(aead: Any, nonce: bytes, data: memoryview, associated: bytes) -> SecureKey:
    """Decrypt a key into locked memory. Raises `DecryptionError` as `open_bytes`. With releases of
    cryptography that lack `decrypt_into`, a copy stays in freed memory."""

    def fill(target: memoryview) -> None:
        if hasattr(aead, "decrypt_into"):
            open_into(aead, target, nonce, data, associated)
        else:
            target[:] = open_bytes(aead, nonce, data, associated)

    length = data.nbytes - TAG_BYTES
    if length < 1:
        raise DecryptionError(REFUSED)
    return SecureKey.filled(length, fill)


def expand(target: bytearray, key: SecureKey, salt: bytes, info: bytes) -> None:
    """Fill `target` with bytes derived from `key` by HKDF-SHA-256 (RFC 5869)."""
    derive_into(HKDF(_SHA256, len(target), salt, info), key.view(), target)
