"""What libraries refuse or do not know: old, odd and new keys are read all the same."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keyaudit.material import read
from keyaudit.material.asn1 import children, encode
from keyaudit.material.types import Kind, Material, describe
from tests.material import keys
from tests.material.keys import block, element, identifier, integer, sequence
from tests.scanning.support import Project

_EC = "1.2.840.10045.2.1"
_PRIME = (1 << 1279) - 1


def _one(data: bytes | str) -> Material:
    (found,) = read(data.encode() if isinstance(data, str) else data)
    return found


def _pkcs8(algorithm: bytes, inner: bytes) -> bytes:
    return sequence(integer(0), sequence(algorithm), element(4, inner))


@pytest.mark.parametrize(
    ("algorithm", "said"),
    [
        ("1.2.643.2.2.19", "GOST R 34.10-2001 private key"),
        ("1.2.643.7.1.1.1.1", "GOST R 34.10-2012 private key"),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65 private key"),
        ("2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f private key"),
        ("1.3.6.1.4.1.99999.1", "private key"),
    ],
)
def test_private_keys_of_other_algorithms(algorithm: str, said: str) -> None:
    data = _pkcs8(identifier(algorithm), bytes(range(40)))
    for written in (data, block("PRIVATE KEY", data).encode()):
        found = _one(written)
        assert (found.kind, describe(found)) == (Kind.PRIVATE, said)
        assert found.identity == ""  # nothing but the private half is there to tell


@pytest.mark.parametrize("label", ["EC PRIVATE KEY", "SM2 PRIVATE KEY", "PRIVATE KEY"])
@pytest.mark.parametrize(
    ("curve", "name", "bits"),
    [("1.3.132.0.26", "sect233k1", 232), ("1.2.156.10197.1.301", "SM2", 256),
     ("1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1", 224)],
)  # fmt: skip
def test_keys_on_other_curves(curve: str, name: str, bits: int, label: str) -> None:
    point = element(3, b"\0\4" + bytes(range(60)))
    inner = [integer(1), element(4, bytes(range(30)))]
    if label == "PRIVATE KEY":
        data = _pkcs8(identifier(_EC) + identifier(curve), sequence(*inner, element(0xA1, point)))
    else:
        data = sequence(*inner, element(0xA0, identifier(curve)), element(0xA1, point))
    private = _one(block(label, data))
    public = _one(
        block("PUBLIC KEY", sequence(sequence(identifier(_EC), identifier(curve)), point))
    )
    assert (private.key.algorithm, private.key.curve, private.key.bits) == ("EC", name, bits)
    assert private.identity == public.identity != ""


def test_a_curve_by_its_numbers_is_as_strong_as_its_order() -> None:
    field = sequence(identifier("1.2.840.10045.1.1"), integer((1 << 160) + 7))
    curve = sequence(integer(1), field, sequence(element(4, b"\1"), element(4, b"\2")),
                     element(4, b"\3"), integer((1 << 150) + 1), integer(1))  # fmt: skip
    data = sequence(integer(1), element(4, bytes(range(20))), element(0xA0, curve))
    assert _one(block("EC PRIVATE KEY", data)).key.bits == 151


@pytest.mark.parametrize("algorithm", ["1.2.840.113549.1.3.1", "1.2.840.10046.2.1"])
def test_diffie_hellman(algorithm: str) -> None:
    described = identifier(algorithm) + sequence(integer(_PRIME), integer(3))
    private = _one(block("PRIVATE KEY", _pkcs8(described, integer(5))))
    spki = sequence(sequence(described), element(3, b"\0" + integer(3**5)))
    public = _one(block("PUBLIC KEY", spki))
    assert (private.kind, public.kind) == (Kind.PRIVATE, Kind.PUBLIC)
    assert (private.key.algorithm, private.key.bits) == ("DH", 1279)
    assert private.identity == public.identity == hashlib.sha256(spki).hexdigest()


def test_dsa_with_a_version_to_come() -> None:
    numbers = [3, _PRIME, 7, 5, 11, 13]
    found = _one(block("DSA PRIVATE KEY", sequence(*map(integer, numbers))))
    assert describe(found) == "DSA private key of 1279 bits"


def test_parameters_are_judged(project: Project) -> None:
    numbers = list(map(integer, (_PRIME, 7, 5)))
    made = sequence(element(3, bytes(5)), integer(9))
    project.write("old.pem", block("DSA PARAMETERS", sequence(*numbers)))
    project.write("dhx.pem", block("X9.42 DH PARAMETERS", sequence(*numbers, integer(2), made)))
    assert {(f.path, f.rule_id) for f in project.scan().findings} == {
        ("old.pem", "KA118"), ("dhx.pem", "KA118"),
    }  # fmt: skip


# --- certificates ---


def _changed(place: int, tag: int, content: bytes) -> bytes:
    """A certificate in which a member of what is signed is another; the signature is wrong then."""
    outer = children(keys.written(keys.certificate("ec"), Encoding.DER))
    members = [encode(*node) for node in children(outer[0][1], whole=False)]
    members[place] = encode(tag, content)
    return sequence(sequence(*members), *(encode(*node) for node in outer[1:]))


_NULL = identifier("1.2.840.10045.4.3.2") + b"\x05\x00"
_LATIN = sequence(element(0x31, sequence(identifier("2.5.4.6"), element(0x13, b"\xe9t\xe9"))))


@pytest.mark.parametrize(
    ("place", "tag", "content"),
    [(0, 0xA0, integer(7)), (2, 0x30, _NULL), (3, 0x30, _LATIN[2:])],
    ids=["version", "parameter", "name"],
)
def test_certificates_that_are_not_to_the_letter(place: int, tag: int, content: bytes) -> None:
    sound = _one(keys.written(keys.certificate("ec"), Encoding.DER))
    found = _one(_changed(place, tag, content))
    assert (found.kind, found.identity) == (Kind.CERTIFICATE, keys.identity("ec"))
    assert found.validity == sound.validity


@pytest.mark.parametrize(
    ("begins", "ends", "seconds"),
    [
        (element(0x17, b"9605280549Z"), element(0x17, b"980528054905Z"), (833262540, 896334545)),
        (element(0x17, b"080801123026+0200"), element(0x18, b"20500101000000.5Z"),
         (1217586626, 2524608000)),
        (element(0x17, b"0808011230xx"), element(0x17, b"980528054905Z"), None),
        (element(0x17, b"081301123000Z"), element(0x17, b"980528054905Z"), None),
    ],
)  # fmt: skip
def test_times(begins: bytes, ends: bytes, seconds: tuple[int, int] | None) -> None:
    found = _one(_changed(4, 0x30, begins + ends))
    times = found.validity and (found.validity.begins, found.validity.ends)
    assert (found.identity, times) == (keys.identity("ec"), seconds)


def test_a_request_of_a_version_to_come() -> None:
    body = base64.b64decode(b"".join(keys.request("ec").splitlines()[1:-1]))
    outer = children(body)
    members = [integer(6), *(encode(*node) for node in children(outer[0][1], whole=False)[1:])]
    changed = sequence(sequence(*members), *(encode(*node) for node in outer[1:]))
    assert _one(changed).kind is Kind.REQUEST
    assert _one(block("CERTIFICATE REQUEST", changed)).identity == keys.identity("ec")


def test_a_store_in_pem() -> None:
    found = read(block("PKCS12", keys.store("ec", b"changeit")).encode())
    assert [(m.kind, m.identity) for m in found] == [
        (Kind.PRIVATE, keys.identity("ec")), (Kind.CERTIFICATE, keys.identity("ec"))
    ]  # fmt: skip


# --- keys that are elsewhere, and parts that nobody knows ---


def _token_key() -> str:
    def string(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    kind = string(b"sk-ssh-ed25519@openssh.com")
    blob = kind + string(keys.key("ed25519").public_key().public_bytes_raw()) + string(b"ssh:")
    data = b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") + struct.pack(">I", 1)
    return block("OPENSSH PRIVATE KEY", data + string(blob) + string(bytes(range(160))))


def test_the_handle_of_a_key_on_a_token_is_no_private_key(project: Project) -> None:
    assert _one(_token_key()).kind is Kind.PUBLIC
    project.write("deploy/id_token", _token_key())
    project.write("deploy/id", keys.private("ed25519", "openssh").decode())
    assert [(f.path, f.rule_id) for f in project.scan().findings] == [("deploy/id", "KA303")]


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4, "big") + body


def test_openpgp_with_an_apostrophe_and_a_subkey_of_an_unknown_algorithm() -> None:
    number = b"\x04\x00" + b"\xc1" * 128 + b"\x00\x11\x01\x00\x01"
    known = b"\x04" + bytes(4) + b"\x01" + number
    data = (
        _packet(6, known) + _packet(14, b"\x04" + bytes(4) + b"\x63" + number) + _packet(14, known)
    )
    text = block("PGP PUBLIC KEY BLOCK", data).replace("-----\n", "-----\nComment: Al's key\n\n", 1)
    for written in (text, "KEY = '" + text.replace("'", "\\'").replace("\n", "\\n") + "'"):
        assert [describe(found) for found in read(written.encode())] == [
            "RSA public key of 1024 bits"
        ] * 2


def test_nothing_is_told_of_what_is_no_key() -> None:
    cases: list[Any] = [
        sequence(integer(0), sequence(integer(1)), element(4, b"x")),
        sequence(integer(9), sequence(identifier(_EC)), element(4, b"x")),
        sequence(integer(0), sequence(identifier(_EC)), integer(1)),
        sequence(sequence(integer(1)), sequence(), element(3, b"\0")),
    ]
    assert [read(data) for data in cases] == [()] * len(cases)
