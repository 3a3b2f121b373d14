"""Reading and writing DER without a library, for keys that libraries refuse (X.690)."""

from __future__ import annotations

import hashlib

from keyaudit.material.types import MaterialError, PublicKey

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
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
_DEEPEST = 4


def children(data: bytes, *, whole: bool = True) -> list[tuple[int, bytes]]:
    """Tags and contents of the members of a DER sequence; of bare contents unless `whole`.

    Raises MaterialError where the lengths do not add up.
    """
    if whole:
        outer = children(data, whole=False)
        if len(outer) != 1 or outer[0][0] != SEQUENCE:
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
    if len(data) < 2 or data[0] != SEQUENCE:
        raise MaterialError("is no sequence")
    if not data[1] & 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    if not 0 < count <= 4:
        raise MaterialError("has a length that is none")
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def encode(tag: int, content: bytes) -> bytes:
    """An element of DER."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _number(value: int) -> bytes:
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_key(data: bytes, *, private: bool, depth: int = 0) -> PublicKey:
    """A key in PKCS #1, PKCS #8 or SEC 1, or a SubjectPublicKeyInfo. Raises MaterialError."""
    if depth > _DEEPEST:
        raise MaterialError("is nested too deeply")
    nodes = children(data)
    tags = [tag for tag, _ in nodes]
    numbers = [int.from_bytes(value, "big") for tag, value in nodes if tag == INTEGER]
    if private and len(tags) >= 9 and len(numbers) >= 9:  # PKCS #1: version, n, e, d, p, q ...
        return rsa_key(numbers[1], numbers[2])
    if not private and tags == [INTEGER, INTEGER]:
        return rsa_key(*numbers)
    if private and tags[:2] == [INTEGER, OCTET_STRING] and numbers[0] == 1:  # SEC 1
        return _curve(next((value for tag, value in nodes if tag == 0xA0), b""))
    if private and tags[:3] == [INTEGER, SEQUENCE, OCTET_STRING]:
        return _by_algorithm(nodes[1][1], nodes[2][1], True, depth)
    if not private and tags == [SEQUENCE, BIT_STRING]:
        return _by_algorithm(nodes[0][1], nodes[1][1][1:], False, depth)
    raise MaterialError("is no key")


def _by_algorithm(described: bytes, inner: bytes, private: bool, depth: int) -> PublicKey:
    parts = children(described, whole=False)
    name = _ALGORITHMS.get(parts[0][1]) if parts and parts[0][0] == OID else None
    if name is None:
        raise MaterialError("is a key of an unknown algorithm")
    if name == "RSA":
        return read_key(inner, private=private, depth=depth + 1)
    if name == "EC":
        return _curve(encode(*parts[1])) if len(parts) > 1 else PublicKey(name)
    return PublicKey(name)


def _curve(parameters: bytes) -> PublicKey:
    nodes = children(parameters, whole=False)
    if len(nodes) == 1 and nodes[0][0] == OID:
        name, bits = _CURVES.get(nodes[0][1].hex(), ("", 0))
        return PublicKey("EC", bits, name)
    return PublicKey("EC")


def rsa_key(modulus: int, exponent: int) -> PublicKey:
    """An RSA key by its numbers. Raises MaterialError for numbers that are no key's."""
    if modulus < 3 or exponent < 1 or modulus.bit_length() > 20_000:
        raise MaterialError("are no key's numbers")
    numbers = encode(SEQUENCE, _number(modulus) + _number(exponent))
    algorithm = encode(SEQUENCE, encode(OID, _RSA_OID) + b"\x05\x00")
    spki = encode(SEQUENCE, algorithm + encode(BIT_STRING, b"\0" + numbers))
    return rsa_numbers(modulus, exponent, hashlib.sha256(spki).hexdigest())


def rsa_numbers(modulus: int, exponent: int, identity: str) -> PublicKey:
    """An RSA key whose identity is known."""
    return PublicKey("RSA", modulus.bit_length(), "", modulus, exponent, identity)
