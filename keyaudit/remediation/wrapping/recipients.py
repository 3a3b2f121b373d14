"""Sends a key to somebody by their public key, signed by the sender."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import (
    DecryptionError,
    EnvelopeFormatError,
    MissingBackendError,
    WeakParameterError,
)
from keyaudit.remediation.generation.limits import RSA, RSA_BITS
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_MAGIC = b"KAEK\x01"
_OAEP, _HPKE = b"\x01", b"\x02"
_SIGNATURE_BYTES = 64
_MAX_KEY = 318
"""Bytes that RSA-OAEP with SHA-256 takes under a 3072-bit key: 384 - 2 * 32 - 2 (RFC 8017,
7.1.1)."""


def encrypt_key_for(
    recipient: RSAPublicKey | X25519PublicKey,
    key: SecureKey,
    *,
    sender: Ed25519PrivateKey,
    context: Context,
) -> bytes:
    """Encrypt `key` (up to 318 bytes) to a recipient's public key, and sign it as the sender.

    For an RSA key of 3072 bits or more by RSA-OAEP with SHA-256 (RFC 8017, 7.1); for an X25519 key
    by HPKE (RFC 9180, base mode; DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM), where the
    installed cryptography has it. The context is OAEP's label, or HPKE's info.

    Format: "KAEK", the byte 1 (version), the kind (1 OAEP, 2 HPKE), the encrypted key, and an
    Ed25519 signature (RFC 8032, 64 bytes) over digests (SHA-256) of both public keys and of the
    context, and all that precedes it. So nobody can pass the message on as their own, or to
    somebody else. Sender and recipient must have obtained each other's public keys in a trusted
    way. There is no forward secrecy: if the recipient's private key is stolen later, messages to it
    can be decrypted.

    Raises `WeakParameterError` for a smaller RSA key and an X25519 key of low order,
    `MissingBackendError` without HPKE, TypeError for other kinds of keys, ValueError for a longer
    key.
    """
    from cryptography.hazmat.primitives.asymmetric import ed25519

    if not isinstance(sender, ed25519.Ed25519PrivateKey):
        raise TypeError("the sender's key is an Ed25519 private key")
    bound = canonical(context)
    kind, sealed = sealed_to(recipient, key, bound)
    head = _MAGIC + kind + sealed
    return head + sender.sign(_signed(head, recipient, sender.public_key(), bound))


def check_recipient(public_key: object) -> None:
    """Raise `WeakParameterError` for an RSA key under 3072 bits, TypeError for anything but an RSA
    or X25519 public key."""
    from cryptography.hazmat.primitives.asymmetric import rsa, x25519

    if isinstance(public_key, rsa.RSAPublicKey):
        if public_key.key_size < RSA_BITS[0]:
            raise WeakParameterError(
                f"an RSA key of {public_key.key_size} bits", f"{RSA_BITS[0]} bits or more", RSA
            )
    elif not isinstance(public_key, x25519.X25519PublicKey):
        raise TypeError("the recipient's key is an RSA or X25519 public key")


def sealed_to(recipient: Any, key: SecureKey, bound: bytes) -> tuple[bytes, bytes]:
    """The kind of encryption (1 byte, see `encrypt_key_for`), and `key` encrypted to a public key
    with `bound` as OAEP's label or HPKE's info. Errors as `encrypt_key_for`."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if len(key) > _MAX_KEY:
        raise ValueError(f"a key to hand over has at most {_MAX_KEY} bytes; wrap longer data")
    check_recipient(recipient)
    if isinstance(recipient, rsa.RSAPublicKey):
        # pyca's RSA takes `bytes` in every release, so a copy stays in freed memory.
        return _OAEP, recipient.encrypt(key.view().tobytes(), _oaep(bound))
    suite = _hpke()
    try:
        sealed: bytes = suite.encrypt(key.view(), recipient, bound)
    except ValueError:
        raise WeakParameterError(
            "an X25519 key with which everybody agrees on zero",
            "a point that is not of low order",
            "RFC 9180, 7.1.4",
        ) from None
    return _HPKE, sealed


def decrypt_key_from(
    message: bytes,
    *,
    recipient: RSAPrivateKey | X25519PrivateKey,
    sender: Ed25519PublicKey,
    context: Context,
) -> SecureKey:
    """The key that `encrypt_key_for` encrypted, after verifying the signature.

    Raises `DecryptionError` when message, keys and context do not belong together (its subclass
    `EnvelopeFormatError` for bytes of another format), `MissingBackendError` without HPKE.
    """
    from cryptography.exceptions import InvalidSignature

    head, signature = message[:-_SIGNATURE_BYTES], message[-_SIGNATURE_BYTES:]
    start = len(_MAGIC)
    if head[:start] != _MAGIC or head[start : start + 1] not in (_OAEP, _HPKE):
        raise EnvelopeFormatError("this is no key handed over by keyaudit, version 1")
    kind, sealed = head[start : start + 1], head[start + 1 :]
    bound = canonical(context)
    try:
        sender.verify(signature, _signed(head, recipient.public_key(), sender, bound))
    except InvalidSignature:
        raise DecryptionError(REFUSED) from None
    if (kind == _OAEP) != _is_rsa(recipient):
        raise DecryptionError(REFUSED)
    return SecureKey.copy_of(opened(recipient, sealed, bound))


def opened(recipient: Any, sealed: bytes, bound: bytes) -> bytes:
    """The bytes that `sealed_to` encrypted, by the private key. Raises `DecryptionError` for
    another key, `bound` or bytes, `MissingBackendError` without HPKE."""
    from cryptography.exceptions import InvalidTag

    try:
        if _is_rsa(recipient):
            plain: bytes = recipient.decrypt(sealed, _oaep(bound))
        else:
            plain = _hpke().decrypt(sealed, recipient, bound)
    except (ValueError, InvalidTag):
        raise DecryptionError(REFUSED) from None
    return plain


def _signed(head: bytes, recipient: Any, sender: Any, bound: bytes) -> bytes:
    parts = [fingerprint(sender), fingerprint(recipient), hashlib.sha256(bound).digest(), head]
    return b"keyaudit/handed-key/1" + b"".join(parts)


def fingerprint(public_key: Any) -> bytes:
    """SHA-256 (32 bytes) of a public key as SubjectPublicKeyInfo in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).digest()


def _oaep(label: bytes) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)


def _hpke() -> Any:
    try:
        from cryptography.hazmat.primitives import hpke
    except ImportError:
        raise MissingBackendError("HPKE needs a newer release of cryptography") from None
    return hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def _is_rsa(key: object) -> bool:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return isinstance(key, rsa.RSAPrivateKey)
