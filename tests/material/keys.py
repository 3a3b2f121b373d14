"""Keys and certificates for tests, made when they run: none is written in this repository."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import textwrap
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSWORD = b"a pass phrase nobody knows"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FORMATS = {
    "traditional": PrivateFormat.TraditionalOpenSSL,
    "pkcs8": PrivateFormat.PKCS8,
    "openssh": PrivateFormat.OpenSSH,
}


@cache
def key(kind: str) -> Any:
    """A private key by its kind, the same at each call: rsa, rsa-other, short, ec, ed25519, dsa."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, 2048)
    if kind == "short":
        return rsa.generate_private_key(65537, 1024)
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "dsa":
        return dsa.generate_private_key(1024)
    return ed25519.Ed25519PrivateKey.generate()


def private(kind: str, form: str = "pkcs8", *, encrypted: bool = False, der: bool = False) -> bytes:
    """A private key, written."""
    encryption = BestAvailableEncryption(PASSWORD) if encrypted else NoEncryption()
    encoding = Encoding.DER if der else Encoding.PEM
    written: bytes = key(kind).private_bytes(encoding, FORMATS[form], encryption)
    return written


def public(kind: str, encoding: Encoding = Encoding.PEM) -> bytes:
    """Its public half, as SubjectPublicKeyInfo, or in OpenSSH's form."""
    form = PublicFormat.SubjectPublicKeyInfo
    if encoding is Encoding.OpenSSH:
        form = PublicFormat.OpenSSH
    written: bytes = key(kind).public_key().public_bytes(encoding, form)
    return written


def identity(kind: str) -> str:
    """The SHA-256 of the SubjectPublicKeyInfo, in hexadecimal."""
    return hashlib.sha256(public(kind, Encoding.DER)).hexdigest()


@cache
def certificate(
    kind: str, *, begins: int = -30, days: int = 365, authority: bool = False, host: bool = True
) -> x509.Certificate:
    """A certificate that signs itself, valid from so many days after NOW."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.org")])
    start = NOW + timedelta(days=begins)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key(kind).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if host:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(key(kind), None if kind == "ed25519" else hashes.SHA256())


def request(kind: str) -> bytes:
    """A certificate request."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.org")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(key(kind), hashes.SHA256()).public_bytes(Encoding.PEM)


def written(made: x509.Certificate, encoding: Encoding = Encoding.PEM) -> bytes:
    return made.public_bytes(encoding)


def store(kind: str, password: bytes | None) -> bytes:
    """A PKCS #12 store with the key and its certificate; None: without a password."""
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(
        b"tls", key(kind), certificate(kind), None, encryption
    )


def java_store(password: str, *kinds: str) -> bytes:
    """A Java key store as the JDK writes it; the encrypted keys in it are none."""
    body = struct.pack(">III", 0xFEEDFEED, 2, len(kinds))
    for number, kind in enumerate(kinds):
        encoded = written(certificate(kind), Encoding.DER)
        alias = f"entry{number}".encode()
        secret = bytes(range(200))
        body += struct.pack(">IH", 1, len(alias)) + alias + struct.pack(">Q", 1_700_000_000_000)
        body += struct.pack(">I", len(secret)) + secret + struct.pack(">I", 1)
        body += struct.pack(">H", 5) + b"X.509" + struct.pack(">I", len(encoded)) + encoded
    known = password.encode("utf-16-be") + b"Mighty Aphrodite" + body
    return body + hashlib.sha1(known, usedforsecurity=False).digest()


def bouncy_store(password: str, version: int, *kinds: str, plain: bool = False) -> bytes:
    """A store of BouncyCastle's with a trusted certificate after the keys, which are sealed bytes
    that are none, or `plain` ones."""
    salt, rounds = bytes(range(20)), 1100
    body = b""
    for number, kind in enumerate((*kinds, "")):
        encoded = written(certificate(kind or "ec"), Encoding.DER)
        chain = struct.pack(">H", 5) + b"X.509" + struct.pack(">I", len(encoded)) + encoded
        alias = f"entry{number}".encode()
        tag = 1 if not kind else 2 if plain else 4
        body += struct.pack(">BH", tag, len(alias)) + alias + struct.pack(">Q", 1_700_000_000_000)
        if not kind:
            body += struct.pack(">I", 0) + chain
            continue
        body += struct.pack(">I", 1) + chain
        secret = private(kind, der=True) if plain else bytes(range(200))
        if plain:
            body += b"\0" + struct.pack(">H", 6) + b"PKCS#8" + struct.pack(">H", 2) + b"EC"
        body += struct.pack(">I", len(secret)) + secret
    body += b"\0"
    # RFC 7292, B.2: ID, salt and password, each repeated to 64 bytes, hashed again and again.
    text = f"{password}\0".encode("utf-16-be")
    key = b"\3" * 64 + (salt * 4)[:64] + (text * 64)[:64]
    for _ in range(rounds):
        key = hashlib.sha1(key, usedforsecurity=False).digest()
    checksum = hmac.digest(key[: 2 if version == 1 else 20], body, "sha1")
    return struct.pack(">II", version, 20) + salt + struct.pack(">I", rounds) + body + checksum


def uber_store(rounds: int) -> bytes:
    """A store of BouncyCastle's under a cipher."""
    head = struct.pack(">II", 1, 20) + bytes(range(20)) + struct.pack(">I", rounds)
    return head + hashlib.shake_256(head).digest(640)


def sealed_key(rounds: int) -> str:
    """An encrypted key, which is none, whose password is stretched by PBKDF2 with SHA-256."""
    digest = sequence(identifier("1.2.840.113549.2.9"), b"\x05\0")
    described = sequence(element(4, bytes(16)), integer(rounds), digest)
    function = sequence(identifier("1.2.840.113549.1.5.12"), described)
    cipher = sequence(identifier("2.16.840.1.101.3.4.1.42"), element(4, bytes(16)))
    algorithm = sequence(identifier("1.2.840.113549.1.5.13"), sequence(function, cipher))
    return block("ENCRYPTED PRIVATE KEY", sequence(algorithm, element(4, bytes(range(144)))))


def fips_store(password: str, *kinds: str, scrypt: bool = False, rounds: int = 2000) -> bytes:
    """A BCFKS store with the keys, a symmetric one and a trusted certificate, sealed as its
    provider does: the sealed keys in it are none."""
    if scrypt:
        described = [element(4, bytes(16)), integer(rounds), integer(2), integer(1)]
        name = "1.3.6.1.4.1.11591.4.11"
    else:
        described = [element(4, bytes(16)), integer(rounds),
                     sequence(identifier("1.2.840.113549.2.11"), b"\x05\0")]  # fmt: skip
        name = "1.2.840.113549.1.5.12"
    function = sequence(identifier(name), sequence(*described))

    def derived(purpose: str, size: int) -> bytes:
        text = f"{password}\0{purpose}\0".encode("utf-16-be")
        if scrypt:
            return hashlib.scrypt(text, salt=bytes(16), n=rounds, r=2, p=2, dklen=size)
        return hashlib.pbkdf2_hmac("sha512", text, bytes(16), rounds, size)

    time, mac = element(0x18, b"20260101000000Z"), sequence(identifier("1.2.840.113549.2.11"))

    def entry(kind: int, content: bytes) -> bytes:
        return sequence(integer(kind), element(12, b"name"), time, time, element(4, content))

    chains = [written(certificate(kind), Encoding.DER) for kind in kinds]
    sealed = sequence(sequence(identifier("1.2.840.113549.1.5.13")), element(4, bytes(50)))
    entries = [entry(1, sequence(sealed, sequence(chain))) for chain in chains]
    entries += [entry(2, sealed), entry(0, written(certificate("ec"), Encoding.DER))]
    opened = sequence(integer(1), mac, time, time, sequence(*entries))
    nonce = bytes(range(12))
    content = AESCCM(derived("STORE_ENCRYPTION", 32), 8).encrypt(nonce, opened, None)
    cipher = sequence(
        identifier("2.16.840.1.101.3.4.1.47"), sequence(element(4, nonce), integer(8))
    )
    algorithm = sequence(identifier("1.2.840.113549.1.5.13"), sequence(function, cipher))
    store = sequence(algorithm, element(4, content))
    checksum = hmac.digest(derived("INTEGRITY_CHECK", 64), store, "sha512")
    return sequence(store, sequence(mac, function, element(4, checksum)))


def bundle(*kinds: str, encoding: Encoding = Encoding.DER) -> bytes:
    """The certificates in PKCS #7's form."""
    return pkcs7.serialize_certificates([certificate(kind) for kind in kinds], encoding)


def element(tag: int, content: bytes) -> bytes:
    """An element of DER."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def pem_of(numbers: tuple[int, int]) -> str:
    """A public RSA key by modulus and exponent, whatever a library would say of it."""
    return block("RSA PUBLIC KEY", sequence(*map(integer, numbers)))


def block(label: str, data: bytes) -> str:
    """A block of PEM with any label and bytes."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def integer(value: int) -> bytes:
    return element(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def sequence(*members: bytes) -> bytes:
    return element(0x30, b"".join(members))


def identifier(dotted: str) -> bytes:
    """An object identifier (X.690 8.19)."""
    first, second, *others = (int(part) for part in dotted.split("."))
    written = b""
    for arc in (first * 40 + second, *others):
        low = bytes([arc & 0x7F])
        while arc := arc >> 7:
            low = bytes([arc & 0x7F | 0x80]) + low
        written += low
    return element(6, written)
