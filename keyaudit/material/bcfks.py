"""BouncyCastle's FIPS key stores (BCFKS), in the format that its `BcFKSKeyStoreSpi` writes:

    ObjectStore ::= SEQUENCE { CHOICE { EncryptedObjectStoreData, ObjectStoreData }, integrity }
    ObjectData ::= SEQUENCE { type, name, made, changed, data OCTET STRING, comment OPTIONAL }

The whole content is encrypted, names and certificates too: without the password, only the
parameters of the encryption can be read.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from keyaudit.material import certificates, der, password_encryption
from keyaudit.material.asn1 import INTEGER, OCTET_STRING, OID, SEQUENCE, children, encode
from keyaudit.material.types import Kind, Material, MaterialError, Seal

_FORM = "BouncyCastle FIPS key store"
_CERTIFICATE, _PRIVATE, _SECRET = 0, (1, 3), (2, 4, 5)
_CCM, _KEY_WRAP = bytes.fromhex("60864801650304012f"), bytes.fromhex("608648016503040130")
_MACS = {"2a864886f70d020b": "sha512", "608648016503040210": "sha3_512"}
_CCM_TAG, _KEY_SIZE = 12, 32  # bytes: RFC 5084 3.1 when nothing is said; AES-256's key
_MOST_ENTRIES, _MOST_CHAIN = 1000, 100


def is_bcfks(data: bytes) -> bool:
    """Whether the bytes have the outer structure of such a store."""
    if data[:1] != b"\x30":
        return False
    try:
        nodes = children(data)
        return (
            [tag for tag, _ in nodes] == [SEQUENCE, SEQUENCE]
            and [tag for tag, _ in children(nodes[1][1], whole=False)]
            == [SEQUENCE, SEQUENCE, OCTET_STRING]
            and _is_sealed(nodes[0][1])
        )
    except MaterialError:
        return False


def read(data: bytes, passwords: Sequence[str]) -> Iterator[Material]:
    """The keys and certificates, if one of the passwords opens the store; else the store itself.

    Raises MaterialError if the bytes are no such store, or malformed.
    """
    if not is_bcfks(data):
        raise MaterialError("is no such store")
    store, integrity = children(data)
    (_, algorithm), (_, content) = children(store[1], whole=False)
    with der.guarded():
        seal, salt, (_, cipher) = password_encryption.of_algorithm(algorithm)
        opening = next((p for p in passwords if _opens(encode(*store), integrity[1], p)), None)
    if opening is not None:
        text = _password(opening, "STORE_ENCRYPTION")
        # keyaudit: ignore[KA301] the store's format: with no password, its purpose is all there is
        key = password_encryption.stretched(_as_run(seal), salt, text, _KEY_SIZE)
        opened = None if key is None else _decrypted(cipher, key, content)
        if opened is not None:
            with der.guarded():
                found = list(_entries(opened))
            yield from found
            return
    digest = "sealed:" + hashlib.sha256(data).hexdigest()
    yield Material(Kind.STORE, _FORM, encrypted=opening is None, sealed=digest, seal=seal)


def _is_sealed(store: bytes) -> bool:
    nodes = children(store, whole=False)
    if [tag for tag, _ in nodes] != [SEQUENCE, OCTET_STRING]:
        return False
    return children(nodes[0][1], whole=False)[:1] == [(OID, password_encryption.PBES2)]


def _opens(store: bytes, integrity: bytes, password: str) -> bool:
    (_, mac), (_, function), (_, expected) = children(integrity, whole=False)
    digest = _MACS.get(children(mac, whole=False)[0][1].hex())
    seal, salt = password_encryption.of_function(function)
    if digest is None:
        return False
    # The length of the key for the checksum is written down, and is its digest's.
    text = _password(password, "INTEGRITY_CHECK")
    # keyaudit: ignore[KA301] the store's format: with no password, its purpose is all there is
    key = password_encryption.stretched(_as_run(seal), salt, text, hashlib.new(digest).digest_size)
    return key is not None and hmac.compare_digest(hmac.digest(key, store, digest), expected)


def _as_run(seal: Seal) -> Seal:
    """As BouncyCastle computes it: it gives scrypt the size of a block for the lanes as well."""
    return replace(seal, lanes=seal.block)


def _password(password: str, purpose: str) -> bytes:
    """PKCS #12's form of both: UTF-16 with a zero at the end, nothing of an empty one."""
    text = f"{password}\0{purpose}\0" if password else f"{purpose}\0"
    return text.encode("utf-16-be")


def _decrypted(cipher: bytes, key: bytes, content: bytes) -> bytes | None:
    named, *parameters = children(cipher, whole=False)
    try:
        with der.guarded():
            if named[1] == _KEY_WRAP:
                return keywrap.aes_key_unwrap_with_padding(key, content)
            if named[1] == _CCM and parameters:
                (_, nonce), *rest = children(parameters[0][1], whole=False)
                size = rest[0][1][0] if rest else _CCM_TAG
                return AESCCM(key, size).decrypt(nonce, content, None)
    except MaterialError:
        pass
    return None


def _entries(opened: bytes) -> Iterator[Material]:
    sequences = [value for tag, value in children(opened) if tag == SEQUENCE]
    if len(sequences) < 2:  # the algorithm of the checksum, the entries
        raise MaterialError("has no entries")
    for _, entry in children(sequences[-1], whole=False)[:_MOST_ENTRIES]:
        nodes = children(entry, whole=False)
        content = [value for tag, value in nodes if tag == OCTET_STRING]
        if nodes[0][0] != INTEGER or not content:
            raise MaterialError("has an unknown entry")
        kind = int.from_bytes(nodes[0][1], "big")
        if kind == _CERTIFICATE:
            yield from _certificate(content[0])
        elif kind in _PRIVATE:
            members = children(content[0])
            chain = members[1][1] if len(members) > 1 else b""
            found = [
                material
                for tag, value in children(chain, whole=False)[:_MOST_CHAIN]
                for material in _certificate(encode(tag, value))
            ]
            if found:
                yield Material(Kind.PRIVATE, _FORM, found[0].key)
            else:
                yield Material(Kind.PRIVATE, _FORM)
            yield from found
        elif kind in _SECRET:
            yield Material(Kind.SYMMETRIC, _FORM)


def _certificate(encoded: bytes) -> list[Material]:
    try:
        key, validity = certificates.certificate(encoded)
    except MaterialError:
        return []
    return [Material(Kind.CERTIFICATE, _FORM, key, validity=validity)]
