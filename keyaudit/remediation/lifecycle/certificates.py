"""Certificates of destruction: which key was destroyed, by whom, when and how; signed by the
store."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import DecryptionError, RecordFormatError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KIND = "keyaudit certificate of destruction, version 2"
_LABELS = {
    "keyaudit certificate of destruction, version 1": b"keyaudit/destruction-certificate/1\0",
    _KIND: b"keyaudit/destruction-certificate/2\0",
}
"""Kind to what its signature covers before the certificate; version 1 names no audit head."""
_BEYOND = (
    ", encrypted under the store's root key; it is beyond recovery once those, or the root key, "
    "are gone too (NIST SP 800-88 Rev. 2, cryptographic erase)"
)


def issue(signing_key: Ed25519PrivateKey, facts: dict[str, object], removal: str) -> str:
    """A certificate of `facts` (JSON values), as JSON text signed with Ed25519 (RFC 8032).
    `removal`: how the wrapped key was removed from the store, and where copies of it may remain."""
    body: dict[str, object] = {"kind": _KIND, **facts, "method": removal + _BEYOND}
    signature = signing_key.sign(_LABELS[_KIND] + _canonical(body))
    body["signature"] = base64.b64encode(signature).decode("ascii")
    return json.dumps(body, indent=2, sort_keys=True)


def verify_certificate(certificate: str, public_key: bytes) -> dict[str, Any]:
    """Verify the signature of a certificate of destruction; returns its facts. This needs no store;
    `KeyManager.verify_certificate` also checks the certificate against the store.

    `public_key`: the store's Ed25519 public key, 32 bytes (`KeyManager.certificate_key`), obtained
    from a trusted source other than the certificate. Raises `RecordFormatError` for what is no
    certificate, `DecryptionError` for one that was changed or is another store's.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        body = json.loads(certificate)
        signature = base64.b64decode(body.pop("signature"), validate=True)
        label = _LABELS[body["kind"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RecordFormatError("this is no certificate of destruction of keyaudit") from None
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, label + _canonical(body))
    except InvalidSignature:
        raise DecryptionError("the certificate was changed, or is another store's") from None
    facts: dict[str, Any] = body
    return facts


def _canonical(body: dict[str, object]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
