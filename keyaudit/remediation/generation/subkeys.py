"""Several keys out of one, each for one purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import WeakParameterError
from keyaudit.remediation.generation import limits

if TYPE_CHECKING:
    from typing_extensions import Buffer

_LABEL = b"keyaudit/subkey/1"
_MAX_BYTES = 255 * 32


def derive_subkey(key: Buffer, purpose: str, length: int = 32, *, context: bytes = b"") -> bytes:
    """A key for `purpose`, by HKDF-SHA-256 (RFC 5869) from a uniformly random `key`.

    `key`: 16 bytes or more from a generator, a KEM or a key agreement; a password needs
    `derive_key`. `purpose`: a name such as `"invoices/encrypt"`; different purposes (or
    contexts) give unrelated keys. `length` in bytes, 16 to 8160. `context`: any further bytes
    that tell keys apart, such as a tenant's id. Purpose and context go into HKDF's `info` with
    their lengths before them, so that no two pairs meet in the same bytes.

    Raises `WeakParameterError` for a short key or length, ValueError for an empty purpose or a
    length over HKDF's bound (RFC 5869, 2.3: 255 times the hash's 32 bytes).
    """
    target = bytearray(length)
    fill_subkey(target, key, purpose, context=context)
    return bytes(target)


def fill_subkey(
    target: bytearray | memoryview, key: Buffer, purpose: str, *, context: bytes = b""
) -> None:
    """What `derive_subkey` does, written into `target`; without a copy on the way where the
    installed cryptography has `HKDF.derive_into` (46 or newer)."""
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
    """Fill `target` by a pyca key derivation function from `material`. Releases of cryptography
    that cannot write into a buffer leave a copy in freed memory."""
    if hasattr(kdf, "derive_into"):
        kdf.derive_into(material, target)
    else:
        target[:] = kdf.derive(material)


def subkey_info(purpose: str, context: bytes = b"") -> bytes:
    """HKDF's `info` of a purpose and a context: a label, then each with its length (4 bytes,
    big-endian) before it. ValueError for an empty purpose."""
    if not purpose:
        raise ValueError("a subkey needs a purpose, such as 'invoices/encrypt'")
    parts = [purpose.encode(), context]
    return _LABEL + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
