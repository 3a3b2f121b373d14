"""Symmetric keys, HMAC and token secrets, nonces and salts from the operating system's
generator."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

from keyaudit.remediation.errors import WeakParameterError
from keyaudit.remediation.generation import limits

_WEAK = {
    "DES": "a 56-bit key is found by trying all",
    "3DES": "64-bit blocks; withdrawn in SP 800-131A Rev. 2, 2",
    "RC4": "its output is biased; prohibited by RFC 7465, 2",
    "BLOWFISH": "64-bit blocks",
    "IDEA": "64-bit blocks",
    "CAST5": "64-bit blocks",
    "RC2": "64-bit blocks",
}


def generate_key(algorithm: str = "AES-256") -> bytes:
    """Generate a symmetric key with the operating system's random generator.

    `algorithm`, in any case: `AES-128`, `AES-192`, `AES-256` (a mode may follow: `AES-256-GCM`),
    `ChaCha20-Poly1305`, `HMAC-SHA256`, `HMAC-SHA384`, `HMAC-SHA512`. Returns 16 to 64 bytes, the
    algorithm's key length (`limits.SYMMETRIC_BYTES`, `limits.HMAC_BYTES`). `bytes` cannot be wiped;
    `SecureKey.generate` keeps a key in locked memory instead.

    Raises `WeakParameterError` for a weak algorithm such as DES or RC4, ValueError for an unknown
    one, TypeError for what is no text.
    """
    name = _name(algorithm)
    for known, length in (limits.SYMMETRIC_BYTES | limits.HMAC_BYTES).items():
        if name == known or (known.startswith("AES-") and name.startswith(known + "-")):
            return secrets.token_bytes(length)
    weak = _WEAK.get(name.replace("TRIPLEDES", "3DES").replace("ARC4", "RC4"))
    if weak is not None:
        raise WeakParameterError(
            f"algorithm {algorithm!r}", f"{weak}; ask for AES-256", limits.SYMMETRIC
        )
    known_names = ", ".join(limits.SYMMETRIC_BYTES | limits.HMAC_BYTES)
    raise ValueError(f"{algorithm!r} is no algorithm known here; known are {known_names}")


def generate_secret(algorithm: str = "HS256") -> str:
    """Generate a secret as text, to sign tokens with or to keep in a secrets manager.

    `algorithm`, in any case: `HS256`, `HS384`, `HS512` (JWT) or `HMAC-SHA256`, `HMAC-SHA384`,
    `HMAC-SHA512`. Returns as many random bytes as the hash's output has (32, 48 or 64: RFC 7518,
    3.2; RFC 2104, 3) in URL-safe base64 without padding: 43, 64 or 86 characters.

    Raises ValueError for an unknown algorithm, TypeError for what is no text.
    """
    length = _look_up(limits.JWT_BYTES | limits.HMAC_BYTES, algorithm)
    return base64.urlsafe_b64encode(secrets.token_bytes(length)).rstrip(b"=").decode("ascii")


def generate_nonce(algorithm: str = "AES-GCM") -> bytes:
    """Generate a random nonce or initialization vector of the length that the algorithm takes.

    `algorithm`, in any case: one of `limits.NONCE_BYTES`. Returns 12 or 16 bytes. With random
    nonces of 12 bytes, AES-GCM may encrypt at most 2^32 messages under one key (SP 800-38D, 8.3);
    `EnvelopeCipher` uses a key of its own for each message and has no such limit.

    Raises ValueError for an unknown algorithm, TypeError for what is no text.
    """
    return secrets.token_bytes(_look_up(limits.NONCE_BYTES, algorithm))


def generate_salt(length: int = 16) -> bytes:
    """Generate a random salt of `length` bytes.

    Raises `WeakParameterError` for less than 16 bytes (SP 800-132, 5.1).
    """
    if length < limits.MIN_SALT_BYTES:
        raise WeakParameterError(
            f"a salt of {length} bytes", f"{limits.MIN_SALT_BYTES} bytes or more", limits.SALT
        )
    return secrets.token_bytes(length)


def check_hmac_key(key_length: int, algorithm: str) -> None:
    """Check that an HMAC or JWT secret of `key_length` bytes is long enough for `algorithm` (names
    as for `generate_secret`).

    Raises `WeakParameterError` when it is not (RFC 2104, 3; RFC 7518, 3.2), ValueError for an
    unknown algorithm, TypeError for a name that is no text.
    """
    needed = _look_up(limits.JWT_BYTES | limits.HMAC_BYTES, algorithm)
    if key_length < needed:
        source = limits.JWT if algorithm.upper() in limits.JWT_BYTES else limits.HMAC
        raise WeakParameterError(
            f"a key of {key_length} bytes for {algorithm}", f"{needed} bytes or more", source
        )


def _name(algorithm: str) -> str:
    """The algorithm's name in capitals. Raises TypeError for anything but text, such as a
    length."""
    if not isinstance(algorithm, str):
        raise TypeError(f"an algorithm is named, such as 'AES-256', not {algorithm!r}")
    return algorithm.upper()


def _look_up(table: Mapping[str, int], algorithm: str) -> int:
    try:
        return table[_name(algorithm)]
    except KeyError:
        raise ValueError(
            f"{algorithm!r} is no algorithm known here; known are {', '.join(table)}"
        ) from None
