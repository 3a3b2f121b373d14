"""GnuPG's agent's files, chains in DER, and Java's stores with symmetric keys in them."""

from __future__ import annotations

import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keyaudit.material import read
from keyaudit.material.types import Kind, describe
from tests.material import keys
from tests.scanning.support import Project


def _canonical(*members: object) -> bytes:
    """An S-expression as GnuPG's agent keeps it."""
    written = b"".join(
        _canonical(*member) if isinstance(member, tuple) else b"%d:%b" % (len(member), member)
        for member in members
        if isinstance(member, (tuple, bytes))
    )
    return b"(" + written + b")"


def _rsa(kind: bytes) -> bytes:
    numbers = keys.key("rsa").public_key().public_numbers()
    modulus = b"\0" + numbers.n.to_bytes(256, "big")
    return _canonical(kind, (b"rsa", (b"n", modulus), (b"e", b"\1\0\1"), (b"d", bytes(range(250)))))


@pytest.mark.parametrize(
    ("kind", "encrypted"), [(b"private-key", False), (b"protected-private-key", True)]
)
def test_keys_of_gnupg_agent(kind: bytes, encrypted: bool) -> None:
    (found,) = read(_rsa(kind))
    assert (found.kind, found.encrypted) == (Kind.PRIVATE, encrypted)
    assert found.identity == keys.identity("rsa")


def test_keys_of_gnupg_agent_on_curves_and_on_cards() -> None:
    curve = (b"curve", b"NIST P-256")
    ecc = _canonical(b"private-key", (b"ecc", curve, (b"q", bytes(65)), (b"d", bytes(32))))
    assert [describe(found) for found in read(ecc)] == ["EC private key on P-256"]
    assert read(_rsa(b"shadowed-private-key")) == ()
    for end in range(0, 290, 7):
        assert read(_rsa(b"private-key")[:end]) == ()


def test_keys_of_gnupg_agent_in_its_newer_form(project: Project) -> None:
    numbers = keys.key("rsa").public_key().public_numbers()
    text = (
        "Created: 20260101T000000\nKey: (protected-private-key (rsa (n #00"
        f"{numbers.n:X}#)\n  (e #010001#)(protected openpgp-s2k3-ocb-aes\n  ((sha1 "
        f'"salt" "1234")#{"5A" * 12}#)#{"C3" * 90}#)))\nLabel: ops\n'
    )
    (found,) = read(text.encode())
    assert (found.kind, found.encrypted) == (Kind.PRIVATE, True)
    assert found.identity == keys.identity("rsa")
    bare = text[text.index("(") :].replace("protected-private", "private")
    assert [(m.start, m.encrypted, m.identity) for m in read(bare.encode())] == [
        (0, False, keys.identity("rsa"))
    ]
    assert read(f"see {bare}".encode()) == ()
    project.write("gnupg/private-keys-v1.d/0123.key", text)
    assert [(f.rule_id, f.message, f.span.line) for f in project.scan().findings] == [
        ("KA303", "Encrypted RSA private key of 2048 bits in the source", 2)
    ]


def test_certificates_one_after_the_other() -> None:
    chain = b"".join(keys.written(keys.certificate(k), Encoding.DER) for k in ("ec", "rsa"))
    for end in (b"", b"\0", b"\x30\x05junk"):
        assert [(m.kind, m.identity) for m in read(chain + end)] == [
            (Kind.CERTIFICATE, keys.identity("ec")), (Kind.CERTIFICATE, keys.identity("rsa")),
        ]  # fmt: skip


def _with_symmetric_key(password: str) -> bytes:
    """A JCEKS store: a symmetric key as a serialized object, and a key pair after it."""
    pair = keys.java_store(password, "ec")[12:-20]
    stored = b"\xac\xed\0\5sr\0\x1ecom.sun.crypto.provider.Sealed" + bytes(range(200))
    entry = struct.pack(">IH", 3, 3) + b"aes" + struct.pack(">Q", 1_700_000_000_000) + stored
    body = struct.pack(">III", 0xCECECECE, 2, 2) + entry + pair
    known = password.encode("utf-16-be") + b"Mighty Aphrodite" + body
    return body + hashlib.sha1(known, usedforsecurity=False).digest()


def test_what_stands_after_a_symmetric_key(project: Project) -> None:
    store = _with_symmetric_key("changeit")
    project.write("app.jceks", store)
    found = read(store)
    assert [(m.kind, m.identity) for m in found] == [
        (Kind.SYMMETRIC, ""), (Kind.PRIVATE, keys.identity("ec")),
        (Kind.CERTIFICATE, keys.identity("ec")),
    ]  # fmt: skip
    assert [f.message for f in project.scan().findings] == [
        "Java key store with a private key and a symmetric key in the source"
    ]
