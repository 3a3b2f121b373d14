"""The functions that envelopes and handed-over keys rest on, by Project Wycheproof's vectors: what
is wrong in them is what implementations have got wrong."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from keyaudit.remediation import (
    DecryptionError,
    Pbkdf2,
    SecureKey,
    WeakParameterError,
    unwrap_key,
    wrap_key,
)
from keyaudit.remediation.wrapping import aead, recipients
from tests.remediation import vectors


def hexes(case: dict[str, str], names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names.split()]


def test_aes_gcm() -> None:
    refused = 0
    for case in vectors.read("wycheproof-gcm-256.txt"):
        key, nonce, associated, plain, text, tag = hexes(case, "key iv aad pt ct tag")
        cipher, sealed = aead.aes_gcm(key), text + tag
        if case["result"] == "invalid":
            refused += 1
            with pytest.raises(DecryptionError):
                aead.open_bytes(cipher, nonce, sealed, associated)
            if plain:
                with pytest.raises(DecryptionError):
                    aead.open_key(cipher, nonce, memoryview(sealed), associated)
            continue
        assert aead.open_bytes(cipher, nonce, sealed, associated) == plain
        assert cipher.encrypt(nonce, plain, associated) == sealed
        if plain:
            with aead.open_key(cipher, nonce, memoryview(sealed), associated) as opened:
                assert opened.view() == plain
    assert refused > 20


@pytest.mark.parametrize("kind", ["kw", "kwp"])
def test_aes_key_wrap(kind: str) -> None:
    padding = kind == "kwp"
    refused = 0
    for case in vectors.read(f"wycheproof-{kind}.txt"):
        outer, plain, wrapped = hexes(case, "k p c")
        # A key of 8 bytes under RFC 3394 is "acceptable": some wrap it. Neither the RFC nor we do.
        if case["result"] != "valid":
            refused += 1
            with pytest.raises(DecryptionError):
                unwrap_key(outer, wrapped, padding=padding)
            continue
        with unwrap_key(outer, wrapped, padding=padding) as key:
            assert key.view() == plain
        if len(plain) in (16, 24, 32) and len(outer) < len(plain):
            with pytest.raises(WeakParameterError):
                wrap_key(outer, plain, padding=padding)
        else:
            assert wrap_key(outer, plain, padding=padding) == wrapped
    assert refused > 100


def test_hkdf() -> None:
    refused = 0
    for case in vectors.read("wycheproof-hkdf-sha256.txt"):
        material, salt, info, expected = hexes(case, "ikm salt info okm")
        target = bytearray(int(case["l"]))
        with SecureKey.copy_of(material) as key:
            if case["result"] == "invalid":
                refused += 1
                with pytest.raises(ValueError, match="8160"):
                    aead.expand(target, key, salt, info)
            else:
                aead.expand(target, key, salt, info)
                assert target == expected
    assert refused > 0


def test_pbkdf2() -> None:
    for case in vectors.read("wycheproof-pbkdf2-sha256.txt"):
        password, salt, expected = hexes(case, "password salt derived_key")
        made = Pbkdf2(int(case["iterations"])).stretch(password, salt, len(expected))
        assert made == expected


def test_rsa_oaep() -> None:
    numbers, *cases = vectors.read("wycheproof-rsa-oaep-3072-sha256.txt")
    n, e, d, p, q, dmp1, dmq1, iqmp = (
        int(numbers[name], 16) for name in ["n", "e", "d", "p", "q", "dmp1", "dmq1", "iqmp"]
    )
    public = rsa.RSAPublicNumbers(e, n)
    key = rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, public).private_key()
    refused = 0
    for case in cases:
        plain, sealed, label = hexes(case, "msg ct label")
        if case["result"] == "invalid":
            refused += 1
            with pytest.raises(DecryptionError):
                recipients.opened(key, sealed, label)
        else:
            assert recipients.opened(key, sealed, label) == plain
    assert refused > 10
