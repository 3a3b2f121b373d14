"""What every key encryption key does, whoever keeps it."""

from __future__ import annotations

import pytest

from keyaudit.remediation import (
    DecryptionError,
    EnvelopeCipher,
    KeyChain,
    KeyEncryptionKey,
    LocalKey,
    SecureKey,
    UnknownKeyError,
    read_header,
)

CONTEXT = {"purpose": "user-pii", "user": "1234"}


def check(key: KeyEncryptionKey, other: KeyEncryptionKey) -> None:
    """Hold `key` to the contract; `other` is another key of the same kind."""
    cipher = EnvelopeCipher(key)
    envelope = cipher.encrypt(b"data", CONTEXT)
    assert read_header(envelope).key_id == key.id
    assert cipher.decrypt(envelope, CONTEXT) == b"data"
    for context in ({}, {"purpose": "user-pii"}, {**CONTEXT, "user": "1235"}):
        with pytest.raises(DecryptionError):
            cipher.decrypt(envelope, context)
    with pytest.raises(UnknownKeyError):
        EnvelopeCipher(other).decrypt(envelope, CONTEXT)
    _check_wrapping(key, other)
    with LocalKey.generate() as local:
        there = EnvelopeCipher(KeyChain(key, local)).rewrap(
            EnvelopeCipher(local).encrypt(b"moved", CONTEXT), CONTEXT
        )
        back = EnvelopeCipher(KeyChain(local, key)).rewrap(there, CONTEXT)
        assert cipher.decrypt(there, CONTEXT) == b"moved"
        assert EnvelopeCipher(local).decrypt(back, CONTEXT) == b"moved"
    moved = EnvelopeCipher(KeyChain(other, key)).rewrap(envelope, CONTEXT)
    assert EnvelopeCipher(other).decrypt(moved, CONTEXT) == b"data"
    assert key.id in repr(key) or key.id.partition("//")[2] in repr(key)


def _check_wrapping(key: KeyEncryptionKey, other: KeyEncryptionKey) -> None:
    with SecureKey.generate(48) as secret:
        wrapped = key.wrap(secret, CONTEXT)
        assert secret.view().tobytes() not in wrapped
        assert wrapped != key.wrap(secret, CONTEXT)
        with key.unwrap(wrapped, dict(reversed(CONTEXT.items()))) as again:
            assert again == secret
        with pytest.raises(DecryptionError):
            other.unwrap(wrapped, CONTEXT)
    for place in (*range(0, len(wrapped), 1 + len(wrapped) // 12), len(wrapped) - 1):
        changed = bytearray(wrapped)
        changed[place] ^= 0x04
        with pytest.raises(DecryptionError):
            key.unwrap(bytes(changed), CONTEXT)
    for junk in (b"", b"\x01", b"junk", wrapped[:-1], wrapped[: len(wrapped) // 2], b"\xff" * 60):
        with pytest.raises(DecryptionError):
            key.unwrap(junk, CONTEXT)
