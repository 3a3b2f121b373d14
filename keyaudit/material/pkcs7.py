"""Bundles of certificates in PKCS #7 (RFC 2315; CMS, RFC 5652): `.p7b`, `.p7c`."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from keyaudit.material import certificates, der
from keyaudit.material.types import Kind, Material, MaterialError

_FORM = "PKCS #7 bundle"
_SIGNED = bytes.fromhex("06092a864886f70d010702")


def is_pkcs7(data: bytes) -> bool:
    """Whether the bytes begin as PKCS #7 signed data does, the form that bundles have."""
    return data[:1] == b"\x30" and _SIGNED in data[:20]


def read(data: bytes) -> Iterator[Material]:
    """The certificates of a bundle; malformed ones are left out. Raises MaterialError."""
    with der.guarded():
        bundle = pkcs7.load_der_pkcs7_certificates(data)
    for read_one in bundle:
        try:
            key, validity = certificates.certificate(read_one.public_bytes(Encoding.DER))
        except MaterialError:
            continue
        yield Material(Kind.CERTIFICATE, _FORM, key, validity=validity)
