"""Key stores: PKCS #12 (RFC 7292), and Java's JKS and JCEKS.

A store counts as unencrypted if its password is a default from a manual; a few are tried
(`WELL_KNOWN`). Java's checksum is SHA-1 over the password, a fixed phrase and the store; the format
is that of `sun.security.provider.JavaKeyStore` in OpenJDK.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from keyaudit.core.patterns import regex
from keyaudit.material import asn1, certificates, der
from keyaudit.material.binary import field, unpack
from keyaudit.material.types import Kind, Material, MaterialError, PublicKey

# No password, and those of Java's and of servers' manuals: everybody knows them.
WELL_KNOWN = ("", "changeit", "changeme", "password", "secret", "123456")
_DATA_OID = bytes.fromhex("06092a864886f70d010701")
_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a0101")
_SHROUDED_KEY_BAG = bytes.fromhex("060b2a864886f70d010c0a0102")
# Checking a password costs this many rounds; a hostile file may ask for billions.
_MOST_ROUNDS = 100_000
_JKS, _JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_WORDS = b"Mighty Aphrodite"
_MOST_ENTRIES = 1000
# A key pair or a certificate with its name, whose length is before it, and the time it was made:
# milliseconds since 1970, of the years 1987 to 2107.
_ENTRY = regex(rb"\0\0\0[\1\2]\0[\1-\xff][\x20-\xff]{1,255}?\0\0[\0-\3]", re.S)


def is_pkcs12(data: bytes) -> bool:
    """Whether the bytes begin as a PKCS #12 store does: a sequence, version 3, data."""
    return data[:1] == b"\x30" and b"\x02\x01\x03\x30" in data[:16] and _DATA_OID in data[:40]


def pkcs12(data: bytes) -> Iterator[Material]:
    """The private key and certificates of a store that a well-known password opens.

    Of other stores, one private key without further facts, if there is a key in them. Raises
    MaterialError.
    """
    passwords = WELL_KNOWN if _rounds(data) <= _MOST_ROUNDS else ()
    for password in passwords:
        try:
            with der.guarded():
                # keyaudit: ignore[KA301] passwords that everybody knows are tried
                store = load_pkcs12(data, password.encode() or None)
        except MaterialError:
            continue
        form = "PKCS #12 key store"
        if store.key is not None:
            yield Material(Kind.PRIVATE, form, der.public_half(store.key))
        for one in (store.cert, *store.additional_certs):
            if one is not None:
                encoded = one.certificate.public_bytes(Encoding.DER)
                yield from _certificate(encoded, form)
        return
    if _SHROUDED_KEY_BAG in data or _KEY_BAG in data:
        encrypted = _KEY_BAG not in data
        digest = "sealed:" + hashlib.sha256(data).hexdigest()
        yield Material(Kind.PRIVATE, "PKCS #12 key store", encrypted=encrypted, sealed=digest)


def _rounds(data: bytes) -> int:
    """The iterations of the store's checksum (RFC 7292 4); 1 when it says nothing.

    Lengths that are left open (BER) are not read, and no password is tried.
    """
    try:
        parts = asn1.children(data)
        if len(parts) < 3:
            return 1
        numbers = [value for tag, value in asn1.children(parts[2][1], whole=False) if tag == 0x02]
    except MaterialError:
        return _MOST_ROUNDS + 1
    return int.from_bytes(numbers[0], "big") if numbers else 1


def is_java(data: bytes) -> bool:
    """Whether the bytes begin as a Java key store does."""
    return data[:4] in (_JKS, _JCEKS) and data[4:8] in (b"\0\0\0\1", b"\0\0\0\2")


def java(data: bytes) -> Iterator[Material]:
    """The entries of a JKS or JCEKS store, in order.

    Keys count as encrypted unless a password in `WELL_KNOWN` opens the store. Raises MaterialError,
    after what was read before.
    """
    form = "Java key store"
    encrypted = not _opens(data)
    version, count = unpack(data, 4, ">II")
    at = 12
    for _ in range(min(count, _MOST_ENTRIES)):
        (tag,) = unpack(data, at, ">I")
        _, at = field(data, at + 4, 2)  # the alias
        at += 8  # the time it was made
        if tag == 1:
            secret, at = field(data, at, 4)
            (chain,) = unpack(data, at, ">I")
            at += 4
            certificates = []
            for _ in range(min(chain, 100)):
                encoded, at = _java_certificate(data, at, version)
                certificates += _certificate(encoded, form)
            key = certificates[0].key if certificates else PublicKey()
            sealed = "" if key.identity else "sealed:" + hashlib.sha256(secret).hexdigest()
            yield Material(Kind.PRIVATE, form, key, encrypted=encrypted, sealed=sealed)
            yield from certificates
        elif tag == 2:
            encoded, at = _java_certificate(data, at, version)
            yield from _certificate(encoded, form)
        elif tag == 3:
            # A serialized object, whose length is known to Java only.
            yield Material(Kind.SYMMETRIC, form, encrypted=encrypted)
            at = _next_entry(data, at, version)
            if not at:
                return
        else:
            return


def _next_entry(data: bytes, at: int, version: int) -> int:
    """Where an entry with a certificate begins after an offset; 0 when none is found."""
    for match in _ENTRY.finditer(data, at):
        start = match.start()
        try:
            (tag,) = unpack(data, start, ">I")
            _, after = field(data, start + 4, 2)
            after += 8
            if tag == 1:
                _, after = field(data, after, 4)
                (chain,) = unpack(data, after, ">I")
                if not 0 < chain <= 100:
                    continue
                after += 4
            if _certificate(_java_certificate(data, after, version)[0], ""):
                return start
        except MaterialError:
            continue
    return 0


def _opens(data: bytes) -> bool:
    content, checksum = data[:-20], data[-20:]
    return any(
        hmac.compare_digest(
            hashlib.sha1(password.encode("utf-16-be") + _WORDS + content).digest(),  # noqa: S324
            checksum,
        )
        for password in WELL_KNOWN
    )


def _java_certificate(data: bytes, at: int, version: int) -> tuple[bytes, int]:
    if version == 2:
        _, at = field(data, at, 2)  # the type: X.509
    return field(data, at, 4)


def _certificate(encoded: bytes, form: str) -> list[Material]:
    try:
        key, validity = certificates.certificate(encoded)
    except MaterialError:
        return []
    return [Material(Kind.CERTIFICATE, form, key, validity=validity)]
