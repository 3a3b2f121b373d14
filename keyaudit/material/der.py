"""Reads keys in DER: with cryptography, and with an own reader what it refuses.

cryptography refuses weak keys (RSA of 256 bits, secp112r1), which an audit must report.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric import dh, dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from keyaudit.material.asn1 import OCTET_STRING, OID, SEQUENCE, children
from keyaudit.material.keyparts import is_dh, read_key, rsa_numbers
from keyaudit.material.types import MaterialError, PublicKey

_NIST_NAMES = {
    "secp192r1": "P-192", "secp224r1": "P-224", "secp256r1": "P-256",
    "secp384r1": "P-384", "secp521r1": "P-521",
}  # fmt: skip


@contextmanager
def guarded() -> Iterator[None]:
    """Turns all exceptions in its block into a MaterialError without their text; hides warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is deprecated, and of what is encoded badly
            yield
    except MaterialError:
        raise
    except Exception:
        raise MaterialError("is malformed") from None


def private_key(data: bytes) -> PublicKey:
    """The public half of an unencrypted private key in PKCS #8, PKCS #1, SEC 1 or OpenSSL's form.

    Whether both halves fit together is not checked. Raises MaterialError for anything else.
    """
    if is_dh(data):
        return read_key(data, private=True)
    try:
        with guarded():
            return public_half(
                load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
            )
    except MaterialError:
        return read_key(data, private=True)


def public_key(data: bytes) -> PublicKey:
    """A public key: SubjectPublicKeyInfo or PKCS #1. Raises MaterialError for anything else."""
    if is_dh(data):
        return read_key(data, private=False)
    try:
        with guarded():
            return of_public(load_der_public_key(data))
    except MaterialError:
        return read_key(data, private=False)


def encrypted_key(data: bytes) -> None:
    """Raises MaterialError unless the bytes have the form of PKCS #8's EncryptedPrivateKeyInfo."""
    nodes = children(data)
    if [tag for tag, _ in nodes] != [SEQUENCE, OCTET_STRING]:
        raise MaterialError("is no encrypted key")
    algorithm = children(nodes[0][1], whole=False)
    if not algorithm or algorithm[0][0] != OID:
        raise MaterialError("is no encrypted key")


def public_half(key: Any) -> PublicKey:
    """The public half of a private key object of cryptography."""
    return of_public(key.public_key())


def of_public(key: Any) -> PublicKey:
    """The facts about a public key object of cryptography."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    identity = hashlib.sha256(spki).hexdigest()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return rsa_numbers(numbers.n, numbers.e, identity)
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = _NIST_NAMES.get(key.curve.name, key.curve.name)
        return PublicKey("EC", key.curve.key_size, name, identity=identity)
    if isinstance(key, dsa.DSAPublicKey):
        return PublicKey("DSA", key.key_size, identity=identity)
    if isinstance(key, dh.DHPublicKey):
        return PublicKey("DH", key.key_size, identity=identity)
    name = type(key).__name__.removesuffix("PublicKey").lstrip("_")
    # As the standards write them: ML-DSA-65, ML-KEM-768 (FIPS 203, 204).
    return PublicKey(re.sub(r"^ML(DSA|KEM)(\d+)$", r"ML-\1-\2", name), identity=identity)
