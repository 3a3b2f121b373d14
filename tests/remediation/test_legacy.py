"""Data from before there were envelopes is read, and moved to them."""

from __future__ import annotations

import os

import boto3
import pytest
from Crypto.Cipher import AES
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from moto import mock_aws

from keyaudit.remediation import (
    BackendError,
    DecryptionError,
    EnvelopeCipher,
    EnvelopeFormatError,
    KeyManager,
    LegacyAwsKms,
    LegacyFernet,
    LegacyGcm,
    LegacyReader,
    LocalKey,
    SecureKey,
    read_header,
)
from tests.remediation.lifecycle import CONTEXT, Saved


def by_pycryptodome(key: bytes, layout: str) -> bytes:
    cipher = AES.new(key, AES.MODE_GCM)
    ciphertext, tag = cipher.encrypt_and_digest(b"old data")
    parts = {"nonce": cipher.nonce, "ciphertext": ciphertext, "tag": tag}
    return b"".join(parts[name] for name in layout.split("-"))


def check(reader: LegacyReader, *data: bytes) -> None:
    """They are opened, and nothing else is."""
    with LocalKey.generate() as kek:
        cipher = EnvelopeCipher(kek, legacy=[reader])
        for each in data:
            assert cipher.decrypt(each, CONTEXT) == b"old data"
            for wrong in (each[:-1] + bytes([each[-1] ^ 1]), each[:10], b""):
                with pytest.raises(DecryptionError):
                    cipher.decrypt(wrong, CONTEXT)
        envelope = cipher.encrypt(b"new", CONTEXT)
        assert cipher.decrypt(envelope, CONTEXT) == b"new"
        with pytest.raises(DecryptionError):
            cipher.decrypt(envelope, {"other": "1"})


def test_tokens_of_fernet() -> None:
    one, two = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    check(LegacyFernet(one), one.encrypt(b"old data"))
    check(LegacyFernet(MultiFernet([two, one])), one.encrypt(b"old data"), two.encrypt(b"old data"))
    old = one.encrypt_at_time(b"old data", 1_000_000_000)
    with LocalKey.generate() as kek, pytest.raises(DecryptionError):
        EnvelopeCipher(kek, legacy=[LegacyFernet(one, max_age=60)]).decrypt(old, CONTEXT)


@pytest.mark.parametrize(
    "layout", ["nonce-ciphertext-tag", "nonce-tag-ciphertext", "tag-nonce-ciphertext"]
)
def test_gcm_by_hand(layout: str) -> None:
    key = os.urandom(32)
    with SecureKey.copy_of(key) as held:
        reader = LegacyGcm(held, layout=layout, nonce_bytes=16)
        check(reader, by_pycryptodome(key, layout))


def test_gcm_of_pyca_with_associated_data() -> None:
    key, nonce = os.urandom(16), os.urandom(12)
    with SecureKey.copy_of(key) as held:
        made = nonce + AESGCM(key).encrypt(nonce, b"old data", b"orders")
        check(LegacyGcm(held, associated=b"orders"), made)
        with pytest.raises(ValueError, match="layout"):
            LegacyGcm(held, layout="ciphertext-only")


@mock_aws
def test_data_that_kms_encrypted_itself() -> None:
    client = boto3.client("kms", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    blob = client.encrypt(KeyId=key_id, Plaintext=b"old data", EncryptionContext={"for": "orders"})
    reader = LegacyAwsKms(client, key_id=key_id, context={"for": "orders"})
    assert reader.decrypt(blob["CiphertextBlob"]) == b"old data"
    with pytest.raises((DecryptionError, BackendError)):
        LegacyAwsKms(client, key_id=key_id).decrypt(blob["CiphertextBlob"])


def test_old_data_is_moved(manager: KeyManager) -> None:
    """A key written in the source: its data becomes envelopes, and then nobody reads it so."""
    fernet = Fernet(Fernet.generate_key())
    manager.create_key("orders", by="ann")
    rows = Saved({n: fernet.encrypt(b"row %d" % n) for n in range(3)})
    rows[3] = manager.cipher("orders").encrypt(b"row 3", CONTEXT)
    items = [(n, rows[n], CONTEXT) for n in range(4)]
    untold = manager.reencrypt("orders", items, rows.save, by="ann", job="import")
    assert [name for _, name in untold.failed] == ["EnvelopeFormatError"] * 3
    result = manager.reencrypt(
        "orders", items, rows.save, by="ann", job="import", legacy=[LegacyFernet(fernet)]
    )
    assert (result.moved, result.skipped, result.finished) == (3, 1, True)
    cipher = manager.cipher("orders")
    for n in range(4):
        assert read_header(rows[n]).key_id == manager.primary("orders").id
        assert cipher.decrypt(rows[n], CONTEXT) == b"row %d" % n
    with pytest.raises(EnvelopeFormatError):
        cipher.decrypt(fernet.encrypt(b"forged later"), CONTEXT)


@pytest.mark.parametrize("text", ["", "plain", "\N{SNOWMAN}" * 50])
def test_text_goes_to_text(text: str) -> None:
    fernet = Fernet(Fernet.generate_key())
    with LocalKey.generate() as kek:
        cipher = EnvelopeCipher(kek)
        made = cipher.encrypt_text(text, CONTEXT)
        assert made.isascii()
        assert "=" not in made
        assert cipher.decrypt_text(made, CONTEXT) == text
        for wrong in (made[:-4], made + "!", "", "\N{SNOWMAN}"):
            with pytest.raises(DecryptionError):
                cipher.decrypt_text(wrong, CONTEXT)
        with pytest.raises(DecryptionError, match="no text"):
            cipher.decrypt_text(binary(cipher), CONTEXT)
        both = EnvelopeCipher(kek, legacy=[LegacyFernet(fernet)])
        assert both.decrypt_text(made, CONTEXT) == text
        assert both.decrypt_text(fernet.encrypt(text.encode()).decode(), CONTEXT) == text


def binary(cipher: EnvelopeCipher) -> str:
    import base64

    return base64.urlsafe_b64encode(cipher.encrypt(b"\xff\xfe", CONTEXT)).decode().rstrip("=")
