"""Keys, certificates and requests in DER: by cryptography, and by a reader for what it refuses.

It refuses what nobody should use any more (RSA of 256 bits, secp112r1), and that is what an
audit must name.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dh, dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID

from keyaudit.material.asn1 import (
    BIT_STRING,
    OCTET_STRING,
    OID,
    SEQUENCE,
    children,
    encode,
    read_key,
    rsa_numbers,
)
from keyaudit.material.types import MaterialError, PublicKey, Validity

_NIST_NAMES = {
    "secp192r1": "P-192", "secp224r1": "P-224", "secp256r1": "P-256",
    "secp384r1": "P-384", "secp521r1": "P-521",
}  # fmt: skip


@contextmanager
def guarded() -> Iterator[None]:
    """Turns whatever a library says of malformed bytes into a MaterialError without their text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            yield
    except MaterialError:
        raise
    except Exception:
        raise MaterialError("is malformed") from None


def private_key(data: bytes) -> PublicKey:
    """The public half of an unencrypted private key: PKCS #8, PKCS #1 or SEC 1.

    Raises MaterialError for anything else. That the halves fit is not checked.
    """
    try:
        with guarded():
            return public_half(
                load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
            )
    except MaterialError:
        return read_key(data, private=True)


def public_key(data: bytes) -> PublicKey:
    """A public key: SubjectPublicKeyInfo or PKCS #1. Raises MaterialError for anything else."""
    try:
        with guarded():
            return of_public(load_der_public_key(data))
    except MaterialError:
        return read_key(data, private=False)


def encrypted_key(data: bytes) -> None:
    """Raises MaterialError unless it is of the form of PKCS #8's EncryptedPrivateKeyInfo."""
    nodes = [tag for tag, _ in children(data)]
    if nodes != [SEQUENCE, OCTET_STRING] or children(children(data)[0][1], whole=False)[0][0] != (
        OID
    ):
        raise MaterialError("is no encrypted key")


def certificate(data: bytes) -> tuple[PublicKey, Validity]:
    """A certificate's key and times. Raises MaterialError for anything else.

    The key is an empty one where its algorithm is not known.
    """
    with guarded():
        read = x509.load_der_x509_certificate(data)
        begins = int(read.not_valid_before_utc.timestamp())
        ends = int(read.not_valid_after_utc.timestamp())
    try:
        with guarded():
            extensions = list(read.extensions)
    except MaterialError:
        extensions = []
    values = [extension.value for extension in extensions]
    constraints = next((v for v in values if isinstance(v, x509.BasicConstraints)), None)
    # Version 1 has no extensions, so one that is its own issuer may well be an authority.
    authority = constraints.ca if constraints else not values and read.issuer == read.subject
    names = next((v for v in values if isinstance(v, x509.SubjectAlternativeName)), None)
    uses = next((v for v in values if isinstance(v, x509.ExtendedKeyUsage)), ())
    server = ExtendedKeyUsageOID.SERVER_AUTH in uses or bool(
        names and names.get_values_for_type(x509.DNSName)
    )
    return _of_signed(read), Validity(begins, ends, authority, server)


def request(data: bytes) -> PublicKey:
    """The key of a certificate request (RFC 2986). Raises MaterialError for anything else."""
    with guarded():
        read = x509.load_der_x509_csr(data)
    return _of_signed(read)


def _of_signed(read: x509.Certificate | x509.CertificateSigningRequest) -> PublicKey:
    try:
        with guarded():
            return of_public(read.public_key())
    except MaterialError:
        pass
    try:
        to_be_signed = read.tbs_certificate_bytes if isinstance(read, x509.Certificate) else (
            read.tbs_certrequest_bytes
        )  # fmt: skip
        for tag, value in children(to_be_signed):
            inner = [(t, v) for t, v in children(value, whole=False)] if tag == SEQUENCE else []
            if [t for t, _ in inner] == [SEQUENCE, BIT_STRING]:
                return read_key(encode(SEQUENCE, value), private=False)
    except MaterialError:
        pass
    return PublicKey()


def public_half(key: Any) -> PublicKey:
    """The public half of one of cryptography's private keys."""
    return of_public(key.public_key())


def of_public(key: Any) -> PublicKey:
    """What is to be known of one of cryptography's public keys."""
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
    return PublicKey(name, identity=identity)
