"""Keys handed over by HPKE, held to RFC 9180 as the test itself spells it out.

pyca's HPKE draws its own ephemeral key, and takes no associated data, which RFC 9180's vectors
have. So the key schedule is written down here, held to those vectors, and makes messages of which
every part is known: from it, and from the X25519 agreements of Project Wycheproof.
"""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyaudit.remediation import (
    DecryptionError,
    MissingBackendError,
    SecureKey,
    WeakParameterError,
    decrypt_key_from,
    encrypt_key_for,
    generate_private_key,
)
from keyaudit.remediation.wrapping import recipients
from keyaudit.remediation.wrapping.context import canonical
from tests.remediation import vectors

try:
    recipients._hpke()
except MissingBackendError as error:
    pytest.skip(str(error), allow_module_level=True)

KEM = b"KEM\x00\x20"
SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"
"""DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (RFC 9180, 7)."""
SENDER = generate_private_key("Ed25519")
CONTEXT = {"for": "partner"}


def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    """LabeledExtract (RFC 9180, 4)."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand (RFC 9180, 4); at most 32 bytes, so one block of HKDF."""
    whole = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, whole + b"\x01", hashlib.sha256)[:length]


def shared_secret(agreed: bytes, enc: bytes, public: bytes) -> bytes:
    """ExtractAndExpand of an agreed secret (RFC 9180, 4.1)."""
    inner = extract(KEM, b"", b"eae_prk", agreed)
    return expand(KEM, inner, b"shared_secret", enc + public, 32)


def schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and base nonce of base mode (RFC 9180, 5.1)."""
    context = b"\x00" + extract(SUITE, b"", b"psk_id_hash", b"")
    context += extract(SUITE, b"", b"info_hash", info)
    secret = extract(SUITE, shared, b"secret", b"")
    return expand(SUITE, secret, b"key", context, 32), expand(
        SUITE, secret, b"base_nonce", context, 12
    )


def message(agreed: bytes, enc: bytes, public: X25519PublicKey, key: bytes) -> bytes:
    """What `encrypt_key_for` makes, from an agreed secret and the ephemeral public key."""
    bound = canonical(CONTEXT)
    secret, nonce = schedule(shared_secret(agreed, enc, public.public_bytes_raw()), bound)
    head = b"KAEK\x01\x02" + enc + AESGCM(secret).encrypt(nonce, key, None)
    signed = recipients._signed(head, public, SENDER.public_key(), bound)
    return head + SENDER.sign(signed)


def test_the_schedule_here_is_the_rfcs() -> None:
    (case,) = vectors.read("rfc9180-x25519-aes-256-gcm.txt")
    values = {name: bytes.fromhex(text) for name, text in case.items() if name != "count"}
    private = X25519PrivateKey.from_private_bytes(values["skrm"])
    assert private.public_key().public_bytes_raw() == values["pkrm"]
    agreed = private.exchange(X25519PublicKey.from_public_bytes(values["enc"]))
    shared = shared_secret(agreed, values["enc"], values["pkrm"])
    assert shared == values["shared_secret"]
    key, nonce = schedule(shared, values["info"])
    assert (key, nonce) == (values["key"], values["base_nonce"])
    assert AESGCM(key).decrypt(nonce, values["ct"], values["aad"]) == values["pt"]


def test_what_another_implementation_sealed_is_opened() -> None:
    """One that agrees as Wycheproof does, with edge cases of the curve among its keys."""
    opened = refused = 0
    for case in vectors.read("wycheproof-x25519.txt"):
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["private"]))
        enc, agreed = bytes.fromhex(case["public"]), bytes.fromhex(case["shared"])
        sealed = message(agreed, enc, private.public_key(), b"k" * 32)
        if any(agreed):
            opened += 1
            key = decrypt_key_from(
                sealed, recipient=private, sender=SENDER.public_key(), context=CONTEXT
            )
            assert key.view() == b"k" * 32
            key.close()
        else:
            # RFC 9180, 7.1.4: an agreement on zero is refused; anybody knows its outcome.
            refused += 1
            with pytest.raises(DecryptionError):
                decrypt_key_from(
                    sealed, recipient=private, sender=SENDER.public_key(), context=CONTEXT
                )
    assert opened > 50
    assert refused > 20


def test_what_we_seal_another_implementation_opens() -> None:
    recipient = generate_private_key("X25519")
    with SecureKey.generate() as key:
        sealed = encrypt_key_for(recipient.public_key(), key, sender=SENDER, context=CONTEXT)
        enc, text = sealed[6:38], sealed[38:-64]
        agreed = recipient.exchange(X25519PublicKey.from_public_bytes(enc))
        shared = shared_secret(agreed, enc, recipient.public_key().public_bytes_raw())
        secret, nonce = schedule(shared, canonical(CONTEXT))
        assert AESGCM(secret).decrypt(nonce, text, None) == key.view()


def test_a_recipient_whose_key_agrees_on_zero_gets_nothing() -> None:
    zeros = {
        case["public"]
        for case in vectors.read("wycheproof-x25519.txt")
        if not any(bytes.fromhex(case["shared"]))
    }
    with SecureKey.generate() as key:
        for text in zeros:
            public = X25519PublicKey.from_public_bytes(bytes.fromhex(text))
            with pytest.raises(WeakParameterError, match="low order"):
                encrypt_key_for(public, key, sender=SENDER, context=CONTEXT)
