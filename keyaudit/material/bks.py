"""BouncyCastle's key stores (BKS versions 1 and 2, and UBER), as its `BcKeyStoreSpi` writes them.

Encrypted entries are not decrypted; their certificates tell which key they hold. An encrypted entry
without certificates is mostly a symmetric key, and is left out. UBER is BKS encrypted with Twofish:
only the parameters of the password's derivation can be read.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from keyaudit.material import certificates, der
from keyaudit.material.binary import field, unpack
from keyaudit.material.types import Kind, Material, MaterialError, Seal

_FORM = "BouncyCastle key store"
_SEALED_FORM = "BouncyCastle UBER key store"
_SALT, _CHECKSUM = 20, 20
_CIPHER_BLOCK = 16  # bytes of Twofish's
_CERTIFICATE, _KEY, _SECRET, _SEALED = 1, 2, 3, 4
_PRIVATE = 0
_MOST_ENTRIES, _MOST_CHAIN = 1000, 100
# A hostile file may ask for billions of rounds; BouncyCastle draws some 1,024 to 2,047.
_MOST_ROUNDS = 10_000
_MOST_UBER_ROUNDS = 1 << 16  # what BouncyCastle takes
_BLOCK = 64  # bytes of SHA-1's input


def is_bks(data: bytes) -> bool:
    """Whether the bytes begin as a BKS store does: with its version and a salt of 20 bytes."""
    return data[:8] in (b"\0\0\0\1\0\0\0\x14", b"\0\0\0\2\0\0\0\x14") and len(data) > 49


def read(data: bytes, passwords: tuple[str, ...]) -> Iterator[Material]:
    """The private keys and certificates of a store, in order.

    Keys count as encrypted unless one of the passwords opens the store. Raises MaterialError, after
    what was read before.
    """
    encrypted = not any(_opens(data, password) for password in passwords)
    seal = _seal(data) if encrypted else None
    at = 4 + 4 + _SALT + 4
    for _ in range(_MOST_ENTRIES):
        (tag,) = unpack(data, at, ">B")
        if tag == 0:
            if at + 1 + _CHECKSUM != len(data):
                raise MaterialError("does not end where it should")
            return
        _, at = field(data, at + 1, 2)  # the alias
        (count,) = unpack(data, at + 8, ">I")  # after the time it was made
        at += 12
        chain: list[Material] = []
        for _ in range(min(count, _MOST_CHAIN)):
            found, at = _certificate(data, at)
            chain += found
        if tag == _CERTIFICATE:
            found, at = _certificate(data, at)
            yield from found
        elif tag == _KEY:
            (kind,) = unpack(data, at, ">B")
            _, at = field(data, at + 1, 2)  # the format: PKCS#8
            _, at = field(data, at, 2)  # the algorithm
            encoded, at = field(data, at, 4)
            if kind == _PRIVATE:
                yield Material(Kind.PRIVATE, _FORM, der.private_key(encoded))
        elif tag in (_SECRET, _SEALED):
            _, at = field(data, at, 4)
            if chain:
                yield Material(Kind.PRIVATE, _FORM, chain[0].key, encrypted=encrypted, seal=seal)
        else:
            raise MaterialError("has an unknown entry")
        yield from chain


def is_uber(data: bytes) -> bool:
    """Whether the bytes begin as a UBER store does, with whole cipher blocks after its header."""
    start = 12 + _SALT
    if data[:8] not in (b"\0\0\0\0\0\0\0\x14", b"\0\0\0\1\0\0\0\x14") or len(data) < start + 32:
        return False
    (rounds,) = unpack(data, start - 4, ">I")
    if (len(data) - start) % _CIPHER_BLOCK or not 0 < rounds <= _MOST_UBER_ROUNDS:
        return False
    try:
        list(read(data, ()))
    except MaterialError:
        return True
    return False


def read_uber(data: bytes) -> Iterator[Material]:
    """The UBER store as one piece of material."""
    digest = "sealed:" + hashlib.sha256(data).hexdigest()
    yield Material(Kind.STORE, _SEALED_FORM, encrypted=True, sealed=digest, seal=_seal(data))


def _seal(data: bytes) -> Seal:
    (rounds,) = unpack(data, 8 + _SALT, ">I")
    return Seal("PKCS #12", "SHA-1", rounds)


def _certificate(data: bytes, at: int) -> tuple[list[Material], int]:
    _, at = field(data, at, 2)  # the type: X.509
    encoded, at = field(data, at, 4)
    try:
        key, validity = certificates.certificate(encoded)
    except MaterialError:
        return [], at
    return [Material(Kind.CERTIFICATE, _FORM, key, validity=validity)], at


def _opens(data: bytes, password: str) -> bool:
    salt = data[8 : 8 + _SALT]
    (rounds,) = unpack(data, 8 + _SALT, ">I")
    if rounds > _MOST_ROUNDS:
        return False
    # Version 1 takes the length in bytes for one in bits (CVE-2018-5382).
    size = 2 if data[3] == 1 else 20
    key = _mac_key(password, salt, rounds)[:size]
    body, checksum = data[12 + _SALT : -20], data[-20:]
    return hmac.compare_digest(hmac.digest(key, body, "sha1"), checksum)


def _mac_key(password: str, salt: bytes, rounds: int) -> bytes:
    """PKCS #12's derivation (RFC 7292, B.2) for a checksum, with SHA-1; its first 20 bytes."""
    text = f"{password}\0".encode("utf-16-be") if password else b""
    value = b"\3" * _BLOCK + _filled(salt) + _filled(text)
    for _ in range(max(1, rounds)):
        value = hashlib.sha1(value, usedforsecurity=False).digest()
    return value


def _filled(data: bytes) -> bytes:
    """Repeated to whole blocks."""
    size = -(-len(data) // _BLOCK) * _BLOCK
    return (data * (size // max(1, len(data)) + 1))[:size]
