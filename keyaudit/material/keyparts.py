"""Reads keys in DER by their elements, for those that libraries refuse.

These are short or old keys, or of algorithms that the libraries do not know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from keyaudit.material.algorithms import ALGORITHMS, CURVES
from keyaudit.material.asn1 import (
    BIT_STRING,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    children,
    encode,
    number,
)
from keyaudit.material.types import MaterialError, PublicKey

_RSA_OID, _EC_OID = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201")
_DH_OIDS = (bytes.fromhex("06092a864886f70d010301"), bytes.fromhex("06072a8648ce3e0201"))
_PARAMETERS, _PUBLIC = 0xA0, 0xA1  # the optional members of SEC 1's private key, C.4
_DEEPEST = 4
_LONGEST, _LONGEST_DH = 20_000, 8_192  # bits of a number; of one that is reckoned with


def read_key(data: bytes, *, private: bool, depth: int = 0) -> PublicKey:
    """The public half of a key in DER: PKCS #1, PKCS #8, SEC 1 or SubjectPublicKeyInfo.

    Also of a DSA key in OpenSSL's form. With `private` only private keys are read, else only public
    ones; `depth` counts the forms around it. For an unknown algorithm, the name is "". Raises
    MaterialError for anything else.
    """
    if depth > _DEEPEST:
        raise MaterialError("is nested too deeply")
    nodes = children(data)
    tags = [tag for tag, _ in nodes]
    numbers = [int.from_bytes(value, "big") for tag, value in nodes if tag == INTEGER]
    if private and len(tags) >= 9 and len(numbers) >= 9:  # PKCS #1: version, n, e, d, p, q ...
        return rsa_key(numbers[1], numbers[2])
    if private and tags == [INTEGER] * 6:  # version, p, q, g, y, x
        return _by_size("DSA", numbers[1])
    if not private and tags == [INTEGER, INTEGER]:
        return rsa_key(*numbers)
    if private and tags[:2] == [INTEGER, OCTET_STRING] and numbers[0] == 1:
        return _of_sec1(nodes, b"")
    if private and tags[:3] == [INTEGER, SEQUENCE, OCTET_STRING] and numbers[0] in (0, 1):
        return _private(nodes[1][1], nodes[2][1], depth)
    if not private and tags == [SEQUENCE, BIT_STRING]:
        return _public(data, nodes[0][1], nodes[1][1][1:], depth)
    raise MaterialError("is no key")


def is_dh(data: bytes) -> bool:
    """Whether it may be a Diffie-Hellman key, which libraries take half a second to validate."""
    return any(oid in data[:40] for oid in _DH_OIDS)


def rsa_key(modulus: int, exponent: int) -> PublicKey:
    """The RSA key with this modulus and exponent. Raises MaterialError for impossible numbers."""
    if modulus < 3 or exponent < 1 or modulus.bit_length() > _LONGEST:
        raise MaterialError("are no key's numbers")
    numbers = encode(SEQUENCE, number(modulus) + number(exponent))
    algorithm = encode(SEQUENCE, encode(OID, _RSA_OID) + b"\x05\x00")
    spki = encode(SEQUENCE, algorithm + encode(BIT_STRING, b"\0" + numbers))
    return rsa_numbers(modulus, exponent, hashlib.sha256(spki).hexdigest())


def rsa_numbers(modulus: int, exponent: int, identity: str) -> PublicKey:
    """The RSA key with this modulus and exponent, whose identity is known already."""
    return PublicKey("RSA", modulus.bit_length(), "", modulus, exponent, identity)


def _algorithm(described: bytes) -> tuple[str, list[tuple[int, bytes]]]:
    """The name of an AlgorithmIdentifier, "" when it is not known, and its parameters."""
    parts = children(described, whole=False)
    if not parts or parts[0][0] != OID:
        raise MaterialError("names no algorithm")
    return ALGORITHMS.get(parts[0][1].hex(), ""), parts[1:]


def _private(described: bytes, inner: bytes, depth: int) -> PublicKey:
    name, parameters = _algorithm(described)
    if name == "RSA":
        return read_key(inner, private=True, depth=depth + 1)
    if name == "EC":
        written = encode(*parameters[0]) if parameters else b""
        try:
            return _of_sec1(children(inner), written)
        except MaterialError:
            return _on_curve(written)
    key = _with_prime(name, parameters)
    identity = _dh_identity(parameters, described, inner) if name == "DH" else ""
    return PublicKey(key.algorithm, key.bits, identity=identity)


def _public(data: bytes, described: bytes, inner: bytes, depth: int) -> PublicKey:
    name, parameters = _algorithm(described)
    if name == "RSA":
        return read_key(inner, private=False, depth=depth + 1)
    identity = hashlib.sha256(data).hexdigest()
    if name == "EC":
        key = _on_curve(encode(*parameters[0])) if parameters else PublicKey("EC")
    else:
        key = _with_prime(name, parameters)
    return PublicKey(key.algorithm, key.bits, key.curve, identity=identity)


def _with_prime(name: str, parameters: Sequence[tuple[int, bytes]]) -> PublicKey:
    """DSA's and Diffie-Hellman's keys are as long as the prime that their parameters begin with."""
    if name in ("DSA", "DH") and parameters and parameters[0][0] == SEQUENCE:
        tag, value = next(iter(children(parameters[0][1], whole=False)), (0, b""))
        if tag == INTEGER:
            return _by_size(name, int.from_bytes(value, "big"))
    return PublicKey(name)


def _dh_identity(parameters: Sequence[tuple[int, bytes]], described: bytes, inner: bytes) -> str:
    """The identity of a Diffie-Hellman key, whose private half is no more than an exponent."""
    if not parameters:
        return ""
    numbers = [int.from_bytes(v, "big") for _, v in children(parameters[0][1], whole=False)[:2]]
    secret = children(inner, whole=False)
    if len(numbers) != 2 or not 2 < numbers[0] < 1 << _LONGEST_DH or len(secret) != 1:
        return ""
    exponent = int.from_bytes(secret[0][1], "big")
    if exponent >= numbers[0]:
        return ""
    public = number(pow(numbers[1], exponent, numbers[0]))
    spki = encode(SEQUENCE, encode(SEQUENCE, described) + encode(BIT_STRING, b"\0" + public))
    return hashlib.sha256(spki).hexdigest()


def _by_size(name: str, prime: int) -> PublicKey:
    if prime.bit_length() > _LONGEST:
        raise MaterialError("are no key's numbers")
    return PublicKey(name, prime.bit_length())


def _of_sec1(nodes: Sequence[tuple[int, bytes]], parameters: bytes) -> PublicKey:
    """SEC 1's private key; its identity is known where its public half is written with it."""
    members = dict(nodes)
    written = members.get(_PARAMETERS) or parameters
    key = _on_curve(written)
    point = children(members.get(_PUBLIC, b""), whole=False)
    if not written or [tag for tag, _ in point] != [BIT_STRING]:
        return key
    algorithm = encode(SEQUENCE, encode(OID, _EC_OID) + written)
    spki = encode(SEQUENCE, algorithm + encode(*point[0]))
    return PublicKey("EC", key.bits, key.curve, identity=hashlib.sha256(spki).hexdigest())


def _on_curve(parameters: bytes) -> PublicKey:
    """By the name of the curve, or by the order of one that is given by its numbers."""
    nodes = children(parameters, whole=False)
    if len(nodes) == 1 and nodes[0][0] == OID:
        name, bits = CURVES.get(nodes[0][1].hex(), ("", 0))
        return PublicKey("EC", bits, name)
    if len(nodes) == 1 and nodes[0][0] == SEQUENCE:
        return PublicKey("EC", _order_bits(nodes[0][1]))
    return PublicKey("EC")


def _order_bits(curve: bytes) -> int:
    """The bits of the order in SpecifiedECDomain (SEC 1, C.2), which stands after the field, the
    curve and the base point; 0 when it is of another form."""
    members = children(curve, whole=False)
    if [tag for tag, _ in members[:5]] != [INTEGER, SEQUENCE, SEQUENCE, OCTET_STRING, INTEGER]:
        return 0
    return int.from_bytes(members[4][1][:_LONGEST], "big").bit_length()
