"""Finds the key material in the bytes of a document. Reads nothing else, and never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keyaudit.core.text import decode, is_binary
from keyaudit.material import (
    asn1,
    bcfks,
    bks,
    certificates,
    der,
    gnupg,
    jwk,
    openssh,
    pem,
    pgp,
    pkcs7,
    stores,
)
from keyaudit.material.types import Kind, Material, MaterialError

_MOST_CHAINED = 1000  # certificates


def read(data: bytes) -> tuple[Material, ...]:
    """The key material in a file's content, in order; what is malformed is left out."""
    binary = tuple(_read_binary(data))
    if binary or is_binary(data):
        return binary
    return read_text(decode(data))


def read_text(text: str) -> tuple[Material, ...]:
    """The key material in a text, in order of its offsets."""
    found = [material for sign, reader in _SIGNS if sign in text for material in reader(text)]
    return tuple(sorted(found, key=lambda material: material.start))


# What stands in every text that a reader finds something in: much faster than the readers.
_SIGNS: tuple[tuple[str, Callable[[str], Iterator[Material]]], ...] = (
    ("-----BEGIN ", pem.read),
    ("LS0tLS1CRUdJTi", pem.read_encoded),
    ("PuTTY-User-Key-File", openssh.read_putty),
    ("AAAA", openssh.read_public),
    ("kty", jwk.read),
    ("private-key", gnupg.read_text),
)


def _read_binary(data: bytes) -> Iterator[Material]:
    for is_so, reader in _FORMS:
        if not is_so(data):
            continue
        any_found = False
        try:
            for material in reader(data):
                any_found = True
                yield material
        except MaterialError:
            pass  # what came before is as it was read
        if any_found:
            return


def _is_der(data: bytes) -> bool:
    try:
        return asn1.first(data) == len(data)
    except MaterialError:
        return False


def _der(data: bytes) -> Iterator[Material]:
    """A single key, certificate or request; which one, only trying tells."""
    try:
        key, validity = certificates.certificate(data)
    except MaterialError:
        pass
    else:
        yield Material(Kind.CERTIFICATE, "DER", key, validity=validity)
        return
    readers = ((Kind.PRIVATE, der.private_key), (Kind.PUBLIC, der.public_key),
               (Kind.REQUEST, certificates.request))  # fmt: skip
    for kind, reader in readers:
        try:
            yield Material(kind, "DER", reader(data))
        except MaterialError:
            continue
        return
    der.encrypted_key(data)
    yield pem.sealed(data, "DER")


def _is_chain(data: bytes) -> bool:
    try:
        return asn1.first(data) < len(data)
    except MaterialError:
        return False


def _chain(data: bytes) -> Iterator[Material]:
    """Certificates one after the other, up to what is none, as programs send and store them."""
    at = 0
    for _ in range(_MOST_CHAINED):
        if at >= len(data):
            return
        end = at + asn1.first(data[at : at + 8])
        key, validity = certificates.certificate(data[at:end])
        yield Material(Kind.CERTIFICATE, "DER", key, validity=validity)
        at = end


_FORMS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[Material]]], ...] = (
    (stores.is_pkcs12, stores.pkcs12),
    (stores.is_java, stores.java),
    (bks.is_bks, lambda data: bks.read(data, stores.WELL_KNOWN)),
    (bks.is_uber, bks.read_uber),
    (bcfks.is_bcfks, lambda data: bcfks.read(data, stores.WELL_KNOWN)),
    (pkcs7.is_pkcs7, pkcs7.read),
    (_is_der, _der),
    (_is_chain, _chain),
    (gnupg.is_key, gnupg.read),
    (pgp.looks_like_keys, pgp.read),
)
