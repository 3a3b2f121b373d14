"""Whatever the bytes are: reading raises nothing, and the parsers nothing but their own error."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
    read,
    stores,
)
from keyaudit.material.types import MaterialError
from tests.material import keys

_PGP = (
    b"\x95\x00\x95\x04" + bytes(4) + b"\x01\x04\x00" + b"\xc1" * 128 + b"\x00\x11\x01\x00\x01\x00"
)


def _samples() -> list[bytes]:
    return [
        keys.private("rsa", der=True),
        keys.private("ec", der=True),
        keys.private("ed25519", encrypted=True, der=True),
        keys.written(keys.certificate("ec"), Encoding.DER),
        keys.store("ec", None),
        keys.java_store("changeit", "ec", "ed25519"),
        keys.bouncy_store("changeit", 2, "ec"),
        keys.bouncy_store("x7Gq2Lp", 1, "ec", plain=True),
        keys.fips_store("changeit", "ec"),
        keys.fips_store("x7Gq2Lp", "ec"),
        keys.uber_store(1100),
        keys.bundle("ec", "rsa"),
        keys.private("ed25519", "openssh"),
        keys.private("ec"),
        keys.public("ec", Encoding.OpenSSH),
        _PGP,
        b"(11:private-key(3:rsa(1:n5:\0\xc3\xc3\xc3\xc3)(1:e3:\1\0\1)))",
    ]


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(_samples())))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                data[at] = draw(st.integers(0, 255))
            case 1:
                del data[at : at + draw(st.integers(1, 40))]
            case 2:
                data[at:at] = draw(st.binary(max_size=8))
            case 3:
                data = data[: at + 1]
        if not data:
            return b""
    return bytes(data)


_QUIET = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])


@_QUIET
@given(_mutated() | st.binary(max_size=300))
def test_reading_raises_nothing(data: bytes) -> None:
    read(data)
    read(b"key = '" + data + b"'")


_PARSERS: list[Callable[[bytes], Any]] = [
    der.private_key, der.public_key, der.encrypted_key, asn1.first,
    certificates.certificate, certificates.request,
    lambda data: list(gnupg.read(data)),
    lambda data: list(bcfks.read(data, ("changeit",))), lambda data: list(bks.read_uber(data)),
    openssh.private_key, openssh.blob_key, lambda data: list(pgp.read(data)),
    lambda data: list(stores.java(data)), lambda data: list(stores.pkcs12(data)),
    lambda data: list(bks.read(data, ("changeit",))), lambda data: list(pkcs7.read(data)),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(_PARSERS)))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=_mutated() | st.binary(max_size=300))
def test_parsers_raise_their_own_error(number: int, data: bytes) -> None:
    with contextlib.suppress(MaterialError):
        _PARSERS[number](data)


_WORDS = st.sampled_from([
    "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----",
    "-----END CERTIFICATE-----", "LS0tLS1CRUdJTi" + "B" * 50, '"kty": "RSA"', '"kty":"oct"', "{",
    "}", '"k": "', '"n": "AQ"', "PuTTY-User-Key-File-2: ssh-rsa", "Encryption: none", "Comment: x",
    "Public-Lines: 3", "Private-Lines: 1", "ssh-rsa AAAA" + "B" * 60, "QUJD" * 16, "\\n", "\n", '"',
])  # fmt: skip


@_QUIET
@given(st.lists(_WORDS | st.text(max_size=5), max_size=30))
def test_any_text_can_be_read(parts: list[str]) -> None:
    text = " ".join(parts)
    for material in [*pem.read(text), *pem.read_encoded(text), *jwk.read(text)]:
        assert 0 <= material.start < material.end <= len(text)


def test_a_store_that_asks_for_endless_work_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(stores, "load_pkcs12", lambda *_: tried.append(0))
    monkeypatch.setattr(stores, "_MOST_ROUNDS", 10)
    found = read(keys.store("ec", b"changeit"))
    assert [material.encrypted for material in found] == [True]
    assert not tried


@pytest.mark.parametrize("text", [
    "-----BEGIN PRIVATE KEY-----\n" * 20_000,
    '{"kty":"RSA"' * 20_000,
    "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: \nPublic-Lines: 9\n" * 5_000,
    "LS0tLS1CRUdJTi" + "QUJD" * 200_000,
    "ssh-rsa AAAA" * 50_000,
])  # fmt: skip
def test_repetition_takes_no_time(text: str) -> None:
    assert read(text.encode()) == ()
