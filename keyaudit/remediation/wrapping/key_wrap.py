"""AES key wrap (RFC 3394 and RFC 5649), to exchange keys with HSMs and other libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.remediation.errors import DecryptionError, WeakParameterError
from keyaudit.remediation.memory.wiping import wipe
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED

if TYPE_CHECKING:
    from typing_extensions import Buffer

_AES_BYTES = (16, 24, 32)


def wrap_key(
    wrapping_key: SecureKey | Buffer, key: SecureKey | Buffer, *, padding: bool = True
) -> bytes:
    """Wrap `key` under `wrapping_key` (16, 24 or 32 bytes). The result is deterministic.

    With `padding`: RFC 5649 (AES-KWP, SP 800-38F, 6.3), for any length from 1 byte. Without: RFC
    3394 (AES-KW, SP 800-38F, 6.2), for at least 16 bytes, in multiples of 8. No context is bound to
    the key; where there is one, use `LocalKey.wrap` or `EnvelopeCipher`.

    Raises ValueError for lengths that do not fit, `WeakParameterError` for a wrapping key shorter
    than an AES key (16, 24 or 32 bytes) that it wraps (SP 800-57 Part 1, 6.2.1.3).
    """
    from cryptography.hazmat.primitives import keywrap

    outer, inner = _view(wrapping_key), _view(key)
    if outer.nbytes not in _AES_BYTES:
        raise ValueError(f"a wrapping key has 16, 24 or 32 bytes, not {outer.nbytes}")
    if inner.nbytes in _AES_BYTES and outer.nbytes < inner.nbytes:
        raise WeakParameterError(
            f"a wrapping key of {outer.nbytes} bytes for a key of {inner.nbytes}",
            "no shorter than the key it wraps",
            "NIST SP 800-57 Part 1 Rev. 5, 6.2.1.3",
        )
    if not padding and (inner.nbytes < 16 or inner.nbytes % 8):
        raise ValueError("without padding, a key has at least 16 bytes, in multiples of 8")
    wrap = keywrap.aes_key_wrap_with_padding if padding else keywrap.aes_key_wrap
    plain = bytearray(inner)  # older releases of cryptography take no memoryview
    try:
        return bytes(wrap(outer, plain))  # type: ignore[arg-type,unused-ignore]
    finally:
        wipe(plain)


def unwrap_key(
    wrapping_key: SecureKey | Buffer, wrapped: bytes, *, padding: bool = True
) -> SecureKey:
    """The key that `wrap_key` wrapped with the same `padding`, in locked memory.

    pyca's key wrap returns it as `bytes`, of which a copy stays in freed memory. Raises
    `DecryptionError` when the wrapping key or the bytes are wrong, ValueError for a wrapping key of
    a wrong length.
    """
    from cryptography.hazmat.primitives import keywrap

    outer = _view(wrapping_key)
    if outer.nbytes not in _AES_BYTES:
        raise ValueError(f"a wrapping key has 16, 24 or 32 bytes, not {outer.nbytes}")
    unwrap = keywrap.aes_key_unwrap_with_padding if padding else keywrap.aes_key_unwrap
    try:
        return SecureKey.copy_of(unwrap(outer, wrapped))  # type: ignore[arg-type,unused-ignore]
    except (keywrap.InvalidUnwrap, ValueError):
        raise DecryptionError(REFUSED) from None


def _view(key: SecureKey | Buffer) -> memoryview:
    return key.view() if isinstance(key, SecureKey) else memoryview(key).cast("B")
