"""Derives several independent keys from one, each for one purpose (HKDF)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import WeakParameterError
from keyaudit.remediation.generation import limits

if TYPE_CHECKING:
    from typing_extensions import Buffer

_LABEL = b"keyaudit/subkey/1"
_MAX_BYTES = 255 * 32


def derive_subkey(key: Buffer, purpose: str, length: int = 32, *, context: bytes = b"") -> bytes:
    """Derive a key for `purpose` from a uniformly random `key` by HKDF-SHA-256 (RFC 5869). Returns
    `length` bytes, 16 to 8160.

    `key`: 16 bytes or more from a random generator, a KEM or a key agreement; for a password use
    `derive_key`. `purpose`: a name such as `"invoices/encrypt"`. `context`: further bytes that
    distinguish keys, such as a tenant's id. Different purposes or contexts give independent keys:
    both go into HKDF's `info` with their lengths before them, so that no two pairs encode to the
    same bytes.

    Raises `WeakParameterError` for a key or length under 16 bytes, ValueError for an empty purpose
    and for a length over 8160 bytes (RFC 5869, 2.3: 255 times the hash's 32 bytes).
    """
    target = bytearray(length)
    fill_subkey(target, key, purpose, context=context)
    return bytes(target)


def fill_subkey(
    target: bytearray | memoryview, key: Buffer, purpose: str, *, context: bytes = b""
) -> None:
    """Fill `target` with the key that `derive_subkey` would return. With cryptography 46 or newer
    (`HKDF.derive_into`) no other copy of it is made. Errors as `derive_subkey`."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    view = memoryview(key)
    size, length = view.nbytes, len(target)
    if size < limits.SYMMETRIC_BYTES["AES-128"]:
        raise WeakParameterError(f"a key of {size} bytes", "16 bytes or more", limits.SYMMETRIC)
    if length < limits.MIN_DERIVED_BYTES:
        raise WeakParameterError(f"a subkey of {length} bytes", "16 bytes or more", limits.DERIVED)
    if length > _MAX_BYTES:
        raise ValueError(f"a subkey has at most {_MAX_BYTES} bytes ({limits.HKDF}), not {length}")
    derive_into(HKDF(hashes.SHA256(), length, None, subkey_info(purpose, context)), view, target)


def derive_into(kdf: Any, material: Buffer, target: bytearray | memoryview) -> None:
    """Fill `target` from `material` by `kdf`, a key derivation function of pyca/cryptography.
    Releases without `derive_into` leave a copy of the result in freed memory."""
    if hasattr(kdf, "derive_into"):
        kdf.derive_into(material, target)
    else:
        target[:] = kdf.derive(material)


def subkey_info(purpose: str, context: bytes = b"") -> bytes:
    """HKDF's `info` for a purpose and a context: a fixed label, then each of the two preceded by
    its length in bytes (4 bytes, big-endian). Raises ValueError for an empty purpose."""
    if not purpose:
        raise ValueError("a subkey needs a purpose, such as 'invoices/encrypt'")
    parts = [purpose.encode(), context]
    return _LABEL + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
