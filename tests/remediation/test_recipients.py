"""Keys handed to somebody by their public key."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keyaudit.remediation import (
    DecryptionError,
    EnvelopeFormatError,
    MissingBackendError,
    SecureKey,
    WeakParameterError,
    decrypt_key_from,
    encrypt_key_for,
    generate_private_key,
)

CONTEXT = {"for": "partner", "file": "2026-11"}
SENDER, OTHER = (generate_private_key("Ed25519") for _ in range(2))
KEY = SecureKey.generate()
RECIPIENTS = {
    name: tuple(generate_private_key(name) for _ in range(2)) for name in ("RSA-3072", "X25519")
}


def send(recipient: Any, context: Mapping[str, str] = CONTEXT) -> bytes:
    try:
        return encrypt_key_for(recipient.public_key(), KEY, sender=SENDER, context=context)
    except MissingBackendError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("kind", RECIPIENTS)
def test_the_recipient_gets_the_key_and_nobody_else(kind: str) -> None:
    ours, theirs = RECIPIENTS[kind]
    message = send(ours)
    public = SENDER.public_key()
    got = decrypt_key_from(message, recipient=ours, sender=public, context=CONTEXT)
    assert got == KEY
    for recipient, sender, context in (
        (theirs, public, CONTEXT),
        (ours, OTHER.public_key(), CONTEXT),
        (ours, public, {"for": "partner"}),
    ):
        with pytest.raises(DecryptionError):
            decrypt_key_from(message, recipient=recipient, sender=sender, context=context)


@pytest.mark.parametrize("kind", RECIPIENTS)
def test_any_changed_byte_is_found(kind: str) -> None:
    ours, _ = RECIPIENTS[kind]
    message = send(ours)
    for place in itertools.chain(range(0, len(message), 7), (5, len(message) - 1)):
        changed = bytearray(message)
        changed[place] ^= 0x10
        with pytest.raises(DecryptionError):
            decrypt_key_from(
                bytes(changed), recipient=ours, sender=SENDER.public_key(), context=CONTEXT
            )
    with pytest.raises(EnvelopeFormatError):
        decrypt_key_from(b"", recipient=ours, sender=SENDER.public_key(), context=CONTEXT)


def test_a_signature_of_anothers_is_not_passed_off_as_ones_own() -> None:
    """Whoever strips the signature and signs the rest signs another sender's fingerprint."""
    ours, _ = RECIPIENTS["RSA-3072"]
    message = send(ours)
    stolen = message[:-64] + OTHER.sign(message[:-64])
    with pytest.raises(DecryptionError):
        decrypt_key_from(stolen, recipient=ours, sender=OTHER.public_key(), context=CONTEXT)


def test_weak_and_foreign_recipients_are_refused() -> None:
    small = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(WeakParameterError, match="3072"):
        encrypt_key_for(small, KEY, sender=SENDER, context={})
    curve: Any = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(TypeError, match="RSA or X25519"):
        encrypt_key_for(curve, KEY, sender=SENDER, context={})
    public = RECIPIENTS["RSA-3072"][0].public_key()
    with SecureKey.generate(319) as long, pytest.raises(ValueError, match="318"):
        encrypt_key_for(public, long, sender=SENDER, context={})
    with SecureKey.generate(318) as fits:
        encrypt_key_for(public, fits, sender=SENDER, context={})
