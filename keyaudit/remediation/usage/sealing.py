"""Messages sealed to a public key by HPKE (RFC 9180), which only its private key opens."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import (
    DecryptionError,
    EnvelopeFormatError,
    MissingBackendError,
    WeakParameterError,
)
from keyaudit.remediation.usage.agreeing import encoded, loaded_public
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical, canonical_new
from keyaudit.remediation.wrapping.markers import SEALED, SEALED_FINGERPRINT_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

_LABEL = b"keyaudit/sealed/1"
_HEAD_BYTES = len(SEALED) + SEALED_FINGERPRINT_BYTES


def seal_to(
    public: X25519PublicKey | EllipticCurvePublicKey | bytes, data: bytes, context: Context
) -> bytes:
    """Seal `data` to a public key for key agreement (see `ManagedAgreement.public_key`), bound to
    `context`. Everybody can do that, so that it says nothing about who did: sign what you seal
    where the recipient has to know.

    `public`: an X25519 key or one on P-256 or P-384, an object or SubjectPublicKeyInfo in DER.

    By HPKE in base mode (RFC 9180) with DHKEM of the curve, HKDF-SHA256 (on P-384 HKDF-SHA384) and
    AES-256-GCM. Format: "KASL", the byte 1 (version), the first 16 bytes of SHA-256 over the public
    key's SubjectPublicKeyInfo, and HPKE's encapsulated key and ciphertext. HPKE's `info` is
    `keyaudit/sealed/1`, the first 21 bytes of the message and the context in its canonical form.
    Who gets the private key later can open all messages to it.

    Raises `WeakParameterError` for a public key of low order (RFC 9180, 7.1.4),
    `MissingBackendError` where the installed cryptography has no HPKE, ValueError for bytes that
    are no public key, other curves and a bad context, TypeError for other kinds of keys.
    """
    bound = canonical_new(context)
    key = loaded_public(public)
    head = SEALED + hashlib.sha256(encoded(key)).digest()[:SEALED_FINGERPRINT_BYTES]
    try:
        return head + bytes(suite_for(key).encrypt(data, key, _LABEL + head + bound))
    except ValueError:
        raise WeakParameterError(
            "a public key with which everybody agrees on zero",
            "a point that is not of low order",
            "RFC 9180, 7.1.4",
        ) from None


def fingerprint_in(sealed: bytes) -> bytes:
    """The fingerprint (16 bytes) of the public key that a message is sealed to. Raises
    `EnvelopeFormatError` for other bytes."""
    if not sealed.startswith(SEALED) or len(sealed) <= _HEAD_BYTES:
        raise EnvelopeFormatError("this is no message sealed by keyaudit, version 1")
    return sealed[len(SEALED) : _HEAD_BYTES]


def open_sealed(private: Any, sealed: bytes, context: Context) -> bytes:
    """The data that `seal_to` sealed, by the private key. Raises `DecryptionError` when message,
    key and context do not belong together (its subclass `EnvelopeFormatError` for bytes of another
    format), `MissingBackendError` without HPKE."""
    from cryptography.exceptions import InvalidTag

    fingerprint_in(sealed)
    head, rest = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:]
    suite = suite_for(private.public_key())
    try:
        return bytes(suite.decrypt(rest, private, _LABEL + head + canonical(context)))
    except (ValueError, InvalidTag):
        raise DecryptionError(REFUSED) from None


def suite_for(public: Any) -> Any:
    """The algorithms of HPKE (RFC 9180, 7) for a public key. Raises `MissingBackendError` where the
    installed cryptography has no HPKE, or not for this curve."""
    from cryptography.hazmat.primitives.asymmetric import x25519

    try:
        from cryptography.hazmat.primitives import hpke

        if isinstance(public, x25519.X25519PublicKey):
            kem, kdf = hpke.KEM.X25519, hpke.KDF.HKDF_SHA256
        elif public.curve.name == "secp256r1":
            kem, kdf = hpke.KEM.P256, hpke.KDF.HKDF_SHA256
        else:
            kem, kdf = hpke.KEM.P384, hpke.KDF.HKDF_SHA384
    except (ImportError, AttributeError):
        raise MissingBackendError("HPKE needs a newer release of cryptography") from None
    return hpke.Suite(kem, kdf, hpke.AEAD.AES_256_GCM)
