"""Key material in text: PEM (RFC 7468), also in strings of source code, and PEM in base64."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from keyaudit.core.patterns import regex
from keyaudit.material import (
    asn1,
    certificates,
    der,
    openssh,
    password_encryption,
    pgp,
    pkcs7,
    stores,
)
from keyaudit.material.types import Kind, Material, MaterialError, PublicKey, Seal

_BEGIN = regex(r"-----BEGIN (?P<label>[A-Z0-9 #.]{3,40})-----")
# Blocks of which it is remembered what is in them: the same ones stand in many versions of a file.
_KEPT = 256
_LONGEST = 200_000
# What ends a line: a newline or one that is escaped for a string, JSON, HTML or a URL.
_BREAK = regex(r"\\+[nrt]|&#(?:10|13|x[aAdD]);|%0[aAdD]|(?<=\s)[rbuRBU]{1,2}(?=[\"'])|[\s\"'`]+")
_PUNCTUATION = ",;#*|()\\>"
_NOISE = frozenset({"", "+", "//", "--", ".", "&", "<<", "$"})
# A field begins a line, which may be escaped; an apostrophe within a word ends no text.
_FIELD = regex(
    r"(?:\b|(?<=\\[nrt])|(?<=%0[aAdD]))[A-Z][A-Za-z-]{2,30}: "
    r"(?:(?!&#|%0)[^\r\n\\\"'`]|(?<=\w)\\?'(?=\w))*"
)
_CHECKSUM = regex(r"=[A-Za-z0-9+/]{4}")
_BASE64 = regex(r"[A-Za-z0-9+/]+={0,2}")
_TWICE = regex(
    r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,}(?:\s{1,40}[A-Za-z0-9+/]{40,})*(?:\s{1,40}[A-Za-z0-9+/]+)?={0,2}"
)
_NOT_SEALED = "PEM"


@dataclass(frozen=True, slots=True)
class Block:
    """One PEM block: its label, its decoded bytes, its header fields, and its base64 (`body`).

    `start` and `end` are the offsets in characters of its BEGIN line.
    """

    label: str
    data: bytes
    fields: str
    body: str
    start: int
    end: int


def blocks(text: str) -> Iterator[Block]:
    """The PEM blocks in a text, in order; those that cannot be decoded are left out."""
    end = -1
    for begin in _BEGIN.finditer(text):
        closing = f"-----END {begin['label']}-----"
        if end < begin.end():
            end = text.find("-----END ", begin.end())
        if end < 0:
            return
        if end - begin.end() > _LONGEST or not text.startswith(closing, end):
            continue
        if text.find("-----BEGIN ", begin.end(), end) >= 0:  # which is no base64
            continue
        inside = text[begin.end() : end]
        fields = "\n".join(_FIELD.findall(inside))
        body = _body(_FIELD.sub(" ", inside))
        try:
            data = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        if data:
            yield Block(begin["label"], data, fields, body, begin.start(), begin.end())


def _body(text: str) -> str:
    pieces = []
    for piece in _BREAK.split(text.replace("\\/", "/")):
        bare = piece.strip(_PUNCTUATION)
        if bare in _NOISE or _CHECKSUM.fullmatch(bare):
            continue
        if not _BASE64.fullmatch(bare):
            return ""
        pieces.append(bare)
    return "".join(pieces)


def read(text: str) -> Iterator[Material]:
    """The material in the PEM blocks of a text, in order; what is malformed is left out."""
    for block in blocks(text):
        for material in _materials(block.label, block.data, block.fields):
            hidden = (block.body,) if material.kind is Kind.PRIVATE else ()
            yield replace(material, start=block.start, end=block.end, hidden=hidden)


def read_encoded(text: str) -> Iterator[Material]:
    """The material in PEM blocks that are encoded in base64 once more, as in Kubernetes Secrets."""
    for match in _TWICE.finditer(text):
        joined = "".join(match[0].split()).rstrip("=")
        try:
            data = base64.b64decode(joined + "=" * (-len(joined) % 4))
        except (binascii.Error, ValueError):
            continue
        for material in read(data.decode("ascii", "replace")):
            end = match.start() + len(match[0].split(None, 1)[0])
            hidden = tuple(match[0].split()) if material.kind is Kind.PRIVATE else ()
            yield replace(material, start=match.start(), end=end, hidden=hidden)


@lru_cache(maxsize=_KEPT)
def _materials(label: str, data: bytes, fields: str) -> tuple[Material, ...]:
    found = []
    with contextlib.suppress(MaterialError):  # what came before is as it was read
        for material in _read_block(label, data, fields):
            found.append(material)
    return tuple(found)


def _read_block(label: str, data: bytes, fields: str) -> Iterator[Material]:
    if label.startswith("PGP "):
        yield from pgp.read(data)
    elif label == "OPENSSH PRIVATE KEY":
        yield openssh.private_key(data)
    elif label == "ENCRYPTED PRIVATE KEY":
        der.encrypted_key(data)
        yield sealed(data, "PKCS #8")
    elif "ENCRYPTED" in fields and label.endswith("PRIVATE KEY"):  # RFC 1421 4.6.1.1
        yield sealed(data, "PEM", label.split(" ", 1)[0])
    elif label.endswith("PRIVATE KEY"):  # RSA, EC, SM2 ...: what it is, the bytes tell
        yield _private(data)
    elif label in _BUNDLES:
        yield from pkcs7.read(data)
    elif label == "PKCS12":  # as GnuTLS' certtool writes it
        yield from stores.pkcs12(data)
    elif label in _READERS:
        yield _READERS[label](data)


def sealed(data: bytes, form: str, algorithm: str = "") -> Material:
    """An encrypted private key, identified by a digest of its encrypted bytes.

    `form` is `PEM` for OpenSSL's traditional format, which derives the key from the password by one
    round of MD5 (EVP_BytesToKey). `algorithm` is the one the label names.
    """
    key = PublicKey(algorithm if algorithm in ("RSA", "EC", "DSA") else "")
    digest = "sealed:" + hashlib.sha256(data).hexdigest()
    seal = Seal("MD5", "MD5", 1) if form == "PEM" else password_encryption.of_encrypted_key(data)
    return Material(Kind.PRIVATE, form, key, encrypted=True, sealed=digest, seal=seal)


def _private(data: bytes) -> Material:
    return Material(Kind.PRIVATE, "PEM", der.private_key(data))


def _public(data: bytes) -> Material:
    return Material(Kind.PUBLIC, "PEM", der.public_key(data))


def _certificate(data: bytes) -> Material:
    key, validity = certificates.certificate(data)
    return Material(Kind.CERTIFICATE, "PEM", key, validity=validity)


def _request(data: bytes) -> Material:
    return Material(Kind.REQUEST, "PEM", certificates.request(data))


def _parameters(data: bytes) -> Material:
    """A prime and a generator (PKCS #3), with which anybody makes Diffie-Hellman keys.

    X9.42's have more numbers after them, and may have what the prime was made from.
    """
    return Material(Kind.PARAMETERS, "PEM", PublicKey("DH", _prime_bits(data, 2)))


def _dsa_parameters(data: bytes) -> Material:
    """Two primes and a generator (RFC 3279 2.3.2), for any number of keys."""
    return Material(Kind.PARAMETERS, "PEM", PublicKey("DSA", _prime_bits(data, 3)))


def _prime_bits(data: bytes, numbers: int) -> int:
    nodes = asn1.children(data)
    if len(nodes) < numbers or any(tag != asn1.INTEGER for tag, _ in nodes[:numbers]):
        raise MaterialError("are no parameters")
    return int.from_bytes(nodes[0][1], "big").bit_length()


def _trusted(data: bytes) -> Material:
    """OpenSSL's form has a second sequence after the certificate: what it is trusted for."""
    return _certificate(data[: asn1.first(data)])


# RFC 7468 (8, 9), and the older name that OpenSSL reads as well.
_BUNDLES = frozenset({"PKCS7", "CMS", "PKCS #7 SIGNED DATA"})
_READERS: dict[str, Callable[[bytes], Material]] = {
    "PUBLIC KEY": _public,
    "DSA PARAMETERS": _dsa_parameters,
    "DH PARAMETERS": _parameters,
    "X9.42 DH PARAMETERS": _parameters,
    "RSA PUBLIC KEY": _public,
    "CERTIFICATE": _certificate,
    "X509 CERTIFICATE": _certificate,
    "TRUSTED CERTIFICATE": _trusted,
    "CERTIFICATE REQUEST": _request,
    "NEW CERTIFICATE REQUEST": _request,
}
