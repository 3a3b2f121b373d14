"""The algorithms of managed keys, and the key material that a version of each holds."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from keyaudit.remediation.errors import WeakParameterError
from keyaudit.remediation.generation import limits
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.local import LocalKey


class KeyAlgorithm(StrEnum):
    """The algorithm that a managed key is for (SP 800-57 Part 1 Rev. 5, 5.2: one key, one
    purpose)."""

    AES_256_GCM = "AES-256-GCM"
    """Envelope encryption: `KeyManager.cipher`."""
    AES_256_SIV = "AES-256-SIV"
    """Encryption that gives the same for the same, to look it up: `KeyManager.lookup_cipher`."""
    HMAC_SHA256 = "HMAC-SHA256"
    """Authentication under a secret that both sides have: `KeyManager.signer`, as those below."""
    HMAC_SHA384 = "HMAC-SHA384"
    HMAC_SHA512 = "HMAC-SHA512"
    ED25519 = "Ed25519"
    """Signatures: RFC 8032."""
    ECDSA_P256 = "ECDSA-P-256"
    ECDSA_P384 = "ECDSA-P-384"
    """Signatures: FIPS 186-5, 6, with SHA-256 and SHA-384."""
    RSA_PSS_3072 = "RSA-PSS-3072"
    RSA_PSS_4096 = "RSA-PSS-4096"
    """Signatures: RFC 8017, 8.1, with SHA-256 and a salt of 32 bytes."""
    ML_DSA_65 = "ML-DSA-65"
    """Signatures that a quantum computer does not forge: FIPS 204; where pyca has them."""
    X25519 = "X25519"
    """Key agreement, and messages sealed to a public key: `KeyManager.agreement`. RFC 7748, 6.1."""
    ECDH_P256 = "ECDH-P-256"
    ECDH_P384 = "ECDH-P-384"
    """The same by NIST SP 800-56A Rev. 3, 5.7.1.2."""

    @property
    def is_secret(self) -> bool:
        """Whether the key is symmetric, with no public key."""
        return self in _SECRET_BYTES

    @property
    def agrees(self) -> bool:
        """Whether the key is for key agreement."""
        return self in _AGREES

    @property
    def signs(self) -> bool:
        """Whether the key is for signatures or MACs."""
        return not self.startswith("AES") and not self.agrees


ENVELOPE = KeyAlgorithm.AES_256_GCM
_SECRET_BYTES = {
    KeyAlgorithm.AES_256_GCM: 32,
    KeyAlgorithm.AES_256_SIV: 64,
    KeyAlgorithm.HMAC_SHA256: 32,
    KeyAlgorithm.HMAC_SHA384: 48,
    KeyAlgorithm.HMAC_SHA512: 64,
}
"""Bytes of the key (AES-SIV has two of 32: RFC 5297, 2.1)."""
_GENERATED = {
    KeyAlgorithm.ED25519: "Ed25519",
    KeyAlgorithm.ECDSA_P256: "P-256",
    KeyAlgorithm.ECDSA_P384: "P-384",
    KeyAlgorithm.RSA_PSS_3072: "RSA-3072",
    KeyAlgorithm.RSA_PSS_4096: "RSA-4096",
    KeyAlgorithm.ML_DSA_65: "ML-DSA-65",
    KeyAlgorithm.X25519: "X25519",
    KeyAlgorithm.ECDH_P256: "P-256",
    KeyAlgorithm.ECDH_P384: "P-384",
}
_AGREES = {KeyAlgorithm.X25519, KeyAlgorithm.ECDH_P256, KeyAlgorithm.ECDH_P384}
_FINGERPRINT_BYTES = 16


def check(algorithm: str) -> KeyAlgorithm:
    """The `KeyAlgorithm` of that name. Raises ValueError when there is none."""
    try:
        return KeyAlgorithm(algorithm)
    except ValueError:
        known = ", ".join(KeyAlgorithm)
        raise ValueError(
            f"{algorithm!r} is no algorithm of a managed key; known: {known}"
        ) from None


def make(
    algorithm: str, secret: SecureKey, name: str, token: str, existing: SecureKey | None
) -> dict[str, Any]:
    """The columns of a new version that depend on its algorithm: fingerprint, public key, and the
    private or imported key encrypted under `secret`, the version's unwrapped key. `existing`: a key
    to import instead of generating one. Errors as `KeyManager.create_key`."""
    chosen = check(algorithm)
    columns: dict[str, Any] = {}
    if chosen.is_secret:
        if existing is not None:
            _check_secret(chosen, existing)
            columns["private"] = _sealed(secret, existing, name, token)
        with (
            _of_secret(chosen, secret) if existing is None else _borrowed(existing) as key,
            key.derive_subkey("fingerprint") as subkey,
        ):
            columns["fingerprint"] = subkey.view()[:_FINGERPRINT_BYTES].tobytes()
        return columns
    with _private_key(chosen, existing) as (encoded, public):
        columns["private"] = _sealed(secret, encoded, name, token)
    columns["public"] = public
    columns["fingerprint"] = hashlib.sha256(public).digest()[:_FINGERPRINT_BYTES]
    return columns


def fingerprint(row: dict[str, Any], algorithm: str, secret: SecureKey) -> bytes:
    """The fingerprint (16 bytes) of the key that a version's row and its unwrapped `secret` hold,
    to compare with the one stored at creation."""
    with key_of(row, algorithm, secret) as key:
        if not check(algorithm).is_secret:
            from cryptography.hazmat.primitives import serialization as s

            public = (
                loaded(key)
                .public_key()
                .public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
            )
            return hashlib.sha256(public).digest()[:_FINGERPRINT_BYTES]
        with key.derive_subkey("fingerprint") as subkey:
            return subkey.view()[:_FINGERPRINT_BYTES].tobytes()


@contextlib.contextmanager
def key_of(row: dict[str, Any], algorithm: str, secret: SecureKey) -> Iterator[SecureKey]:
    """Context manager that gives a version's key, from its row and its unwrapped `secret`: raw
    bytes, or a private key as unencrypted PKCS #8 in DER."""
    if row["private"] is None:
        with _of_secret(check(algorithm), secret) as key:
            yield key
    else:
        box = LocalKey(secret, f"managed/{row['token']}")
        with box.unwrap(bytes(row["private"]), {"key": row["key"]}) as key:
            yield key


def loaded(encoded: SecureKey) -> Any:
    """The private key that `key_of` gives, as an object of pyca/cryptography, which holds it in
    memory of its own."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    # pyca takes `bytes`, of which a copy stays in freed memory.
    return load_der_private_key(encoded.view().tobytes(), None)


def _sealed(secret: SecureKey, key: SecureKey, name: str, token: str) -> bytes:
    return LocalKey(secret, f"managed/{token}").wrap(key, {"key": name})


def _of_secret(
    algorithm: KeyAlgorithm, secret: SecureKey
) -> contextlib.AbstractContextManager[SecureKey]:
    if algorithm is ENVELOPE:
        return _borrowed(secret)
    return secret.derive_subkey(f"managed/{algorithm}", _SECRET_BYTES[algorithm])


def _borrowed(key: SecureKey) -> contextlib.AbstractContextManager[SecureKey]:
    """Context manager that gives a key and does not wipe it at the end."""
    return contextlib.nullcontext(key)


def _check_secret(algorithm: KeyAlgorithm, key: SecureKey) -> None:
    wanted = _SECRET_BYTES[algorithm]
    is_mac = algorithm not in (KeyAlgorithm.AES_256_GCM, KeyAlgorithm.AES_256_SIV)
    if is_mac and len(key) < wanted:
        raise WeakParameterError(
            f"a key of {len(key)} bytes", f"{wanted} bytes or more", limits.HMAC
        )
    if not is_mac and len(key) != wanted:
        raise ValueError(f"a key for {algorithm} has {wanted} bytes, not {len(key)}")


@contextlib.contextmanager
def _private_key(
    algorithm: KeyAlgorithm, existing: SecureKey | None
) -> Iterator[tuple[SecureKey, bytes]]:
    """A private key as PKCS #8 in DER, and its public key as SubjectPublicKeyInfo in DER."""
    from cryptography.hazmat.primitives import serialization as s

    from keyaudit.remediation.generation.asymmetric import generate_private_key

    if existing is None:
        private = generate_private_key(_GENERATED[algorithm])
    else:
        try:
            private = loaded(existing)
        except (ValueError, TypeError):
            raise ValueError("an existing private key is PKCS #8 in DER, not encrypted") from None
        _check_kind(algorithm, private)
    plain = bytearray(
        private.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    )
    public = private.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
    with SecureKey(plain) as encoded:
        yield encoded, public


def _check_kind(algorithm: KeyAlgorithm, private: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

    bits = getattr(private, "key_size", None)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        found = "Ed25519"
    elif isinstance(private, x25519.X25519PrivateKey):
        found = "X25519"
    elif isinstance(private, rsa.RSAPrivateKey):
        found = f"RSA-PSS-{bits}"
        if bits is not None and bits < limits.RSA_BITS[0]:
            raise WeakParameterError(f"an RSA key of {bits} bits", "3072 bits or more", limits.RSA)
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        names = {"secp256r1": "P-256", "secp384r1": "P-384"}
        # The same kind of key serves both; who imports it says which one this key is for.
        does = "ECDH" if algorithm.agrees else "ECDSA"
        found = f"{does}-{names.get(private.curve.name, private.curve.name)}"
    else:
        found = type(private).__name__.removesuffix("PrivateKey").replace("MLDSA", "ML-DSA-")
    if found != algorithm:
        raise ValueError(f"the key is for {found}, not for {algorithm}")
