"""What a managed key is for, and what its versions hold."""

from __future__ import annotations

from typing import Any

from keyaudit.remediation.memory.secure_key import SecureKey

ENVELOPE = "AES-256-GCM"
"""The keys of `KeyManager.cipher`."""
_FINGERPRINT_BYTES = 16


def check(algorithm: str) -> str:
    """`algorithm`, when it is one; else ValueError."""
    if algorithm != ENVELOPE:
        raise ValueError(f"{algorithm!r} is no algorithm of a managed key")
    return algorithm


def make(
    algorithm: str, secret: SecureKey, name: str, token: str, existing: SecureKey | None
) -> dict[str, Any]:
    """The columns of a new version beside its wrapped key `secret`."""
    with secret.derive_subkey("fingerprint") as subkey:
        fingerprint = subkey.view()[:_FINGERPRINT_BYTES].tobytes()
    return {"fingerprint": fingerprint}
