"""Keys, secrets, nonces and private keys, seen from outside."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keyaudit import remediation
from keyaudit.remediation import (
    WeakParameterError,
    check_hmac_key,
    constant_time_equal,
    derive_subkey,
    generate_key,
    generate_nonce,
    generate_private_key,
    generate_salt,
    generate_secret,
)


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [
        ("AES-128", 16),
        ("AES-192", 24),
        ("AES-256", 32),
        ("AES-256-GCM", 32),
        ("aes-128-cbc", 16),
        ("ChaCha20-Poly1305", 32),
        ("HMAC-SHA256", 32),
        ("HMAC-SHA384", 48),
        ("HMAC-SHA512", 64),
    ],
)
def test_a_key_has_its_algorithms_length_and_is_fresh(algorithm: str, length: int) -> None:
    keys = {generate_key(algorithm) for _ in range(20)}
    assert len(keys) == 20
    assert {len(key) for key in keys} == {length}


def test_a_key_is_for_aes_256_when_nothing_is_said() -> None:
    assert len(generate_key()) == 32


@pytest.mark.parametrize("algorithm", ["DES", "3DES", "TripleDES", "RC4", "ARC4", "Blowfish"])
def test_a_weak_cipher_is_refused_with_limit_and_source(algorithm: str) -> None:
    with pytest.raises(WeakParameterError, match=r"AES-256.*SP 800-57") as error:
        generate_key(algorithm)
    assert error.value.limit
    assert error.value.source


@pytest.mark.parametrize("algorithm", ["AES-512", "AES", "", "AES-64"])
def test_an_unknown_cipher_is_refused_with_the_known_ones(algorithm: str) -> None:
    with pytest.raises(ValueError, match="AES-128"):
        generate_key(algorithm)


@pytest.mark.parametrize(("algorithm", "size"), [("HS256", 32), ("HS384", 48), ("HMAC-SHA512", 64)])
def test_a_secret_is_text_with_the_hashs_size_of_randomness(algorithm: str, size: int) -> None:
    secret = generate_secret(algorithm)
    assert len(base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))) == size
    assert secret != generate_secret(algorithm)
    check_hmac_key(len(secret), algorithm)


def test_a_short_hmac_key_is_refused_by_the_standard_of_its_use() -> None:
    check_hmac_key(32, "HS256")
    with pytest.raises(WeakParameterError, match=r"31 bytes.*RFC 7518"):
        check_hmac_key(31, "HS256")
    with pytest.raises(WeakParameterError, match=r"63 bytes.*RFC 2104"):
        check_hmac_key(63, "HMAC-SHA512")
    with pytest.raises(ValueError, match="known are"):
        check_hmac_key(64, "RS256")


def test_nonces_fit_their_algorithm() -> None:
    assert len(generate_nonce()) == 12
    assert len(generate_nonce("AES-CBC")) == 16
    assert generate_nonce() != generate_nonce()
    with pytest.raises(ValueError, match="known are"):
        generate_nonce("AES-ECB")


def test_a_short_salt_is_refused() -> None:
    assert len(generate_salt()) == 16
    with pytest.raises(WeakParameterError, match="SP 800-132"):
        generate_salt(8)


def test_rsa_keys_have_3072_bits_or_more() -> None:
    key = generate_private_key("RSA-3072")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 3072
    assert key.public_key().public_numbers().e == 65537
    with pytest.raises(WeakParameterError, match=r"2048 bits.*3072.*SP 800-57"):
        generate_private_key("RSA-2048")
    with pytest.raises(ValueError, match="not 5000"):
        generate_private_key("RSA-5000")


@pytest.mark.parametrize(("algorithm", "size"), [("P-256", 256), ("P-384", 384), ("P-521", 521)])
def test_curves(algorithm: str, size: int) -> None:
    key = generate_private_key(algorithm)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.key_size == size


@pytest.mark.parametrize("algorithm", ["P-224", "P-192", "DSA-2048"])
def test_what_the_standards_withdrew_is_refused(algorithm: str) -> None:
    with pytest.raises(WeakParameterError):
        generate_private_key(algorithm)


def test_edwards_keys_sign_and_agree() -> None:
    key = generate_private_key("Ed25519")
    key.public_key().verify(key.sign(b"message"), b"message")
    ours, theirs = generate_private_key("X25519"), generate_private_key("X25519")
    assert ours.exchange(theirs.public_key()) == theirs.exchange(ours.public_key())


@pytest.mark.parametrize("algorithm", ["ML-KEM-768", "ML-KEM-1024"])
def test_key_encapsulation_where_cryptography_has_it(algorithm: str) -> None:
    key = _or_skip(algorithm)
    secret, ciphertext = key.public_key().encapsulate()
    assert key.decapsulate(ciphertext) == secret


@pytest.mark.parametrize("algorithm", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_lattice_signatures_where_cryptography_has_them(algorithm: str) -> None:
    key = _or_skip(algorithm)
    key.public_key().verify(key.sign(b"message"), b"message")


def test_subkeys_are_told_apart_by_purpose_and_context() -> None:
    key = generate_key()
    pairs = [("ab", b"c"), ("a", b"bc"), ("abc", b""), ("ab", b"d")]
    subkeys = {derive_subkey(key, purpose, context=context) for purpose, context in pairs}
    assert len(subkeys) == len(pairs)
    assert derive_subkey(key, "ab", context=b"c") in subkeys
    assert len(derive_subkey(key, "ab", 48)) == 48


def test_subkeys_are_not_made_of_or_into_anything_weak() -> None:
    with pytest.raises(WeakParameterError, match="15 bytes"):
        derive_subkey(bytes(15), "purpose")
    with pytest.raises(WeakParameterError, match="8 bytes"):
        derive_subkey(generate_key(), "purpose", 8)
    with pytest.raises(ValueError, match="purpose"):
        derive_subkey(generate_key(), "")
    with pytest.raises(ValueError, match="8160"):
        derive_subkey(generate_key(), "purpose", 8161)


def test_comparison_takes_text_and_bytes() -> None:
    assert constant_time_equal("tag-ä", "tag-ä")
    assert constant_time_equal(b"tag", bytearray(b"tag"))
    assert not constant_time_equal(b"tag", b"tab")
    assert not constant_time_equal("tag", "tag2")


def _or_skip(algorithm: str) -> Any:
    try:
        return generate_private_key(algorithm)
    except remediation.MissingBackendError as error:
        pytest.skip(str(error))
