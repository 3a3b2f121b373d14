"""OpenPGP keys, read by their packets (RFC 9580 4 and 5.5; RFC 4880 for older ones)."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from keyaudit.material import keyparts
from keyaudit.material.types import Kind, Material, MaterialError, PublicKey

_PUBLIC = frozenset({6, 14})
_SECRET = frozenset({5, 7})
_RSA = frozenset({1, 2, 3})
_NAMES = {16: "ElGamal", 20: "ElGamal", 17: "DSA", 18: "ECDH", 19: "ECDSA", 22: "EdDSA",
          25: "X25519", 26: "X448", 27: "Ed25519", 28: "Ed448"}  # fmt: skip
_RAW = {25: 32, 26: 56, 27: 32, 28: 57}  # lengths of keys without a length before them, in bytes
_CURVES = {
    "2a8648ce3d030107": ("P-256", 256), "2b81040022": ("P-384", 384), "2b81040023": ("P-521", 521),
    "2b8104000a": ("secp256k1", 256), "2b2403030208010107": ("brainpoolP256r1", 256),
    "2b240303020801010b": ("brainpoolP384r1", 384), "2b240303020801010d": ("brainpoolP512r1", 512),
    "2b06010401da470f01": ("Ed25519", 256), "2b060104019755010501": ("Curve25519", 256),
}  # fmt: skip
_MOST_PACKETS = 2000


def read(data: bytes) -> Iterator[Material]:
    """The keys in a key ring or a decoded armored block, subkeys included.

    Keys of unknown algorithms are left out. Raises MaterialError for malformed packets, after the
    keys before them.
    """
    for tag, body in packets(data):
        if tag in _PUBLIC | _SECRET:
            # A subkey of an algorithm to come keeps no other from being read.
            with contextlib.suppress(MaterialError):
                yield _read_key(body, secret=tag in _SECRET)


def _read_key(body: bytes, *, secret: bool) -> Material:
    key, end = _key(body)
    if not secret:
        return Material(Kind.PUBLIC, "OpenPGP", key)
    # 0: not encrypted; with 254 and 255 what follows says how (RFC 9580 3.7.2.1).
    usage = body[end : end + 1]
    if not usage:
        raise MaterialError("ends early")
    if _is_stub(body, end):
        return Material(Kind.PUBLIC, "OpenPGP", key)
    return Material(Kind.PRIVATE, "OpenPGP", key, encrypted=usage != b"\0")


def _is_stub(body: bytes, end: int) -> bool:
    """GnuPG's mark that the private half is elsewhere: offline, or on a card."""
    return body[end] in (254, 255) and body[end + 2 : end + 7].startswith(b"\x65") and (
        body[end + 4 : end + 7] == b"GNU"
    )  # fmt: skip


def looks_like_keys(data: bytes) -> bool:
    """Whether the first packet is a key of a known version: a quick check."""
    if len(data) < 8 or not data[0] & 0x80:
        return False
    tag = data[0] & 0x3F if data[0] & 0x40 else data[0] >> 2 & 0x0F
    if tag not in _PUBLIC | _SECRET:
        return False
    try:
        body = next(packets(data))[1]
    except (MaterialError, StopIteration):
        return False
    return len(body) > 6 and body[0] in (2, 3, 4, 5, 6)


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and body of each packet (RFC 9580 4.2). Raises MaterialError.

    Reading ends at a body of partial or indeterminate length, which keys do not have, and after
    2,000 packets.
    """
    at = 0
    for _ in range(_MOST_PACKETS):
        if at >= len(data):
            return
        head = data[at]
        if not head & 0x80 or at + 1 >= len(data):
            raise MaterialError("is no packet")
        at += 1
        if head & 0x40:
            tag = head & 0x3F
            octet = data[at]
            at += 1
            if octet < 192:
                length = octet
            elif octet < 224:
                length = ((octet - 192) << 8) + int.from_bytes(data[at : at + 1], "big") + 192
                at += 1
            elif octet == 255:
                length = int.from_bytes(data[at : at + 4], "big")
                at += 4
            else:
                return
        else:
            tag = head >> 2 & 0x0F
            size = (1, 2, 4, 0)[head & 3]
            if not size:
                return
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise MaterialError("ends early")
        yield tag, data[at : at + length]
        at += length


def _key(body: bytes) -> tuple[PublicKey, int]:
    """The public half of a key packet, and the offset after it. Raises MaterialError."""
    if len(body) < 8:
        raise MaterialError("ends early")
    version = body[0]
    if version not in (2, 3, 4, 5, 6):
        raise MaterialError("is of an unknown version")
    at = 5 + (2 if version < 4 else 0)  # the time it was made; in old ones, the days it lives
    algorithm = body[at]
    at += 1 + (4 if version >= 5 else 0)  # the length of the public half
    if algorithm in _RSA:
        modulus, at = _number(body, at)
        exponent, at = _number(body, at)
        return keyparts.rsa_key(modulus, exponent), at
    name = _NAMES.get(algorithm)
    if name is None:
        raise MaterialError("is of an unknown algorithm")
    start = at
    bits, curve = 0, ""
    if algorithm in _RAW:
        at += _RAW[algorithm]
    elif algorithm in (18, 19, 22):
        size = body[at] if at < len(body) else 0
        curve, bits = _CURVES.get(body[at + 1 : at + 1 + size].hex(), ("", 0))
        _, at = _number(body, at + 1 + size)
        if algorithm == 18:  # the parameters of its key derivation
            at += 1 + (body[at] if at < len(body) else 0)
    else:  # DSA: p, q, g, y; ElGamal: p, g, y
        prime, at = _number(body, at)
        bits = prime.bit_length()
        for _ in range(3 if algorithm == 17 else 2):
            _, at = _number(body, at)
    if at > len(body):
        raise MaterialError("ends early")
    digest = hashlib.sha256(bytes([algorithm]) + body[start:at]).hexdigest()
    return PublicKey(name, bits, curve, identity=f"openpgp:{digest}"), at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number with its length in bits before it (RFC 9580 3.2), and the offset after it."""
    if at + 2 > len(data):
        raise MaterialError("ends early")
    size = (int.from_bytes(data[at : at + 2], "big") + 7) // 8
    end = at + 2 + size
    if end > len(data):
        raise MaterialError("ends early")
    return int.from_bytes(data[at + 2 : end], "big"), end
