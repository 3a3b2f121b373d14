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

from keyaudit.material.types import MaterialError, PublicKey, Validity

_INTEGER, _BIT_STRING, _OCTET_STRING, _OID, _SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
_RSA_OID = bytes.fromhex("2a864886f70d010101")
_EC_OID = bytes.fromhex("2a8648ce3d0201")
_ALGORITHMS = {
    _RSA_OID: "RSA",
    _EC_OID: "EC",
    bytes.fromhex("2a8648ce380401"): "DSA",
    bytes.fromhex("2a864886f70d010301"): "DH",
    bytes.fromhex("2b656e"): "X25519",
    bytes.fromhex("2b656f"): "X448",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
}
# Short curves of SEC 2 v1 and ANSI X9.62, which libraries have dropped or are about to.
_CURVES = {
    "2b81040006": ("secp112r1", 112), "2b81040007": ("secp112r2", 112),
    "2b8104001c": ("secp128r1", 128), "2b8104001d": ("secp128r2", 128),
    "2b81040009": ("secp160k1", 160), "2b81040008": ("secp160r1", 160),
    "2b8104001e": ("secp160r2", 160), "2b8104001f": ("secp192k1", 192),
    "2a8648ce3d030101": ("P-192", 192), "2a8648ce3d030102": ("prime192v2", 192),
    "2a8648ce3d030103": ("prime192v3", 192), "2b81040004": ("sect113r1", 113),
    "2b81040005": ("sect113r2", 113), "2b81040016": ("sect131r1", 131),
    "2b81040017": ("sect131r2", 131), "2b81040001": ("sect163k1", 163),
    "2b8104000f": ("sect163r2", 163), "2b81040020": ("secp224k1", 224),
    "2b81040021": ("P-224", 224), "2b8104000a": ("secp256k1", 256),
    "2a8648ce3d030107": ("P-256", 256), "2b81040022": ("P-384", 384),
    "2b81040023": ("P-521", 521),
}  # fmt: skip
_NIST_NAMES = {
    "secp192r1": "P-192", "secp224r1": "P-224", "secp256r1": "P-256",
    "secp384r1": "P-384", "secp521r1": "P-521",
}  # fmt: skip
_DEEPEST = 4


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
        return _read_plain(data, private=True)


def public_key(data: bytes) -> PublicKey:
    """A public key: SubjectPublicKeyInfo or PKCS #1. Raises MaterialError for anything else."""
    try:
        with guarded():
            return of_public(load_der_public_key(data))
    except MaterialError:
        return _read_plain(data, private=False)


def encrypted_key(data: bytes) -> None:
    """Raises MaterialError unless it is of the form of PKCS #8's EncryptedPrivateKeyInfo."""
    nodes = [tag for tag, _ in children(data)]
    if nodes != [_SEQUENCE, _OCTET_STRING] or children(children(data)[0][1], whole=False)[0][0] != (
        _OID
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
            inner = [(t, v) for t, v in children(value, whole=False)] if tag == _SEQUENCE else []
            if [t for t, _ in inner] == [_SEQUENCE, _BIT_STRING]:
                return _read_plain(_encode(_SEQUENCE, value), private=False)
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
        return _rsa(numbers.n, numbers.e, identity)
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = _NIST_NAMES.get(key.curve.name, key.curve.name)
        return PublicKey("EC", key.curve.key_size, name, identity=identity)
    if isinstance(key, dsa.DSAPublicKey):
        return PublicKey("DSA", key.key_size, identity=identity)
    if isinstance(key, dh.DHPublicKey):
        return PublicKey("DH", key.key_size, identity=identity)
    name = type(key).__name__.removesuffix("PublicKey").lstrip("_")
    return PublicKey(name, identity=identity)


def rsa_key(modulus: int, exponent: int) -> PublicKey:
    """An RSA key by its numbers. Raises MaterialError for numbers that are no key's."""
    if modulus < 3 or exponent < 1 or modulus.bit_length() > 20_000:
        raise MaterialError("are no key's numbers")
    numbers = _encode(_SEQUENCE, _number(modulus) + _number(exponent))
    algorithm = _encode(_SEQUENCE, _encode(_OID, _RSA_OID) + b"\x05\x00")
    spki = _encode(_SEQUENCE, algorithm + _encode(_BIT_STRING, b"\0" + numbers))
    return _rsa(modulus, exponent, hashlib.sha256(spki).hexdigest())


def _rsa(modulus: int, exponent: int, identity: str) -> PublicKey:
    return PublicKey("RSA", modulus.bit_length(), "", modulus, exponent, identity)


# --- reading without a library ---


def children(data: bytes, *, whole: bool = True) -> list[tuple[int, bytes]]:
    """Tags and contents of the members of a DER sequence; of bare contents unless `whole`.

    Raises MaterialError where the lengths do not add up.
    """
    if whole:
        outer = children(data, whole=False)
        if len(outer) != 1 or outer[0][0] != _SEQUENCE:
            raise MaterialError("is no sequence")
        data = outer[0][1]
    found = []
    at = 0
    while at < len(data):
        tag = data[at]
        length = data[at + 1] if at + 1 < len(data) else 0x80
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:
                raise MaterialError("has a length that is none")
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise MaterialError("ends early")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def first(data: bytes) -> int:
    """The length of the first element, its head included. Raises MaterialError."""
    if len(data) < 2 or data[0] != _SEQUENCE:
        raise MaterialError("is no sequence")
    if not data[1] & 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    if not 0 < count <= 4:
        raise MaterialError("has a length that is none")
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def _encode(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _number(value: int) -> bytes:
    return _encode(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _read_plain(data: bytes, *, private: bool, depth: int = 0) -> PublicKey:
    if depth > _DEEPEST:
        raise MaterialError("is nested too deeply")
    nodes = children(data)
    tags = [tag for tag, _ in nodes]
    numbers = [int.from_bytes(value, "big") for tag, value in nodes if tag == _INTEGER]
    if private and len(tags) >= 9 and len(numbers) >= 9:  # PKCS #1: version, n, e, d, p, q ...
        return rsa_key(numbers[1], numbers[2])
    if not private and tags == [_INTEGER, _INTEGER]:
        return rsa_key(*numbers)
    if private and tags[:2] == [_INTEGER, _OCTET_STRING] and numbers[0] == 1:  # SEC 1
        return _curve(next((value for tag, value in nodes if tag == 0xA0), b""))
    if private and tags[:3] == [_INTEGER, _SEQUENCE, _OCTET_STRING]:
        return _by_algorithm(nodes[1][1], nodes[2][1], True, depth)
    if not private and tags == [_SEQUENCE, _BIT_STRING]:
        return _by_algorithm(nodes[0][1], nodes[1][1][1:], False, depth)
    raise MaterialError("is no key")


def _by_algorithm(described: bytes, inner: bytes, private: bool, depth: int) -> PublicKey:
    parts = children(described, whole=False)
    name = _ALGORITHMS.get(parts[0][1]) if parts and parts[0][0] == _OID else None
    if name is None:
        raise MaterialError("is a key of an unknown algorithm")
    if name == "RSA":
        return _read_plain(inner, private=private, depth=depth + 1)
    if name == "EC":
        return _curve(_encode(*parts[1])) if len(parts) > 1 else PublicKey(name)
    return PublicKey(name)


def _curve(parameters: bytes) -> PublicKey:
    nodes = children(parameters, whole=False)
    if len(nodes) == 1 and nodes[0][0] == _OID:
        name, bits = _CURVES.get(nodes[0][1].hex(), ("", 0))
        return PublicKey("EC", bits, name)
    return PublicKey("EC")
