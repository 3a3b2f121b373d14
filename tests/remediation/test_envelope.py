"""Envelopes: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import io
import os
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyaudit.remediation import (
    DecryptionError,
    EnvelopeCipher,
    EnvelopeFormatError,
    KeyChain,
    LocalKey,
    SecureKey,
    UnknownKeyError,
    WeakParameterError,
    read_header,
)
from keyaudit.remediation.wrapping import aead, message
from keyaudit.remediation.wrapping.context import canonical
from keyaudit.remediation.wrapping.message import MessageKey
from tests.remediation import vectors

KEY = LocalKey.generate("kek-1")
CIPHER = EnvelopeCipher(KEY)
CONTEXT = {"purpose": "user-pii", "user": "1234"}
contexts = st.dictionaries(
    st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12), max_size=4
)
CHUNK = 4096


def stream(data: bytes, context: dict[str, str] = CONTEXT) -> bytes:
    target = io.BytesIO()
    assert CIPHER.encrypt_stream(io.BytesIO(data), target, context, chunk_log2=12) == len(data)
    return target.getvalue()


def unstream(envelope: bytes, context: dict[str, str] = CONTEXT) -> bytes:
    target = io.BytesIO()
    assert CIPHER.decrypt_stream(io.BytesIO(envelope), target, context) == len(target.getvalue())
    return target.getvalue()


@given(st.binary(max_size=2000), contexts)
def test_what_goes_in_comes_out(data: bytes, context: dict[str, str]) -> None:
    envelope = CIPHER.encrypt(data, context)
    assert CIPHER.decrypt(envelope, dict(reversed(context.items()))) == data
    assert unstream(envelope, context) == data
    assert envelope != CIPHER.encrypt(data, context)
    assert read_header(envelope).key_id == "kek-1"


@given(st.binary(max_size=60), st.data())
def test_any_changed_byte_is_found(data: bytes, draw: st.DataObject) -> None:
    for envelope in (CIPHER.encrypt(data, CONTEXT), stream(data)):
        changed = bytearray(envelope)
        changed[draw.draw(st.integers(0, len(envelope) - 1))] ^= draw.draw(st.integers(1, 255))
        with pytest.raises((DecryptionError, UnknownKeyError)):
            CIPHER.decrypt(bytes(changed), CONTEXT)


def test_every_single_byte_counts() -> None:
    envelope = CIPHER.encrypt(b"data", CONTEXT)
    for place in range(len(envelope)):
        changed = bytearray(envelope)
        changed[place] ^= 0x01
        with pytest.raises((DecryptionError, UnknownKeyError)):
            CIPHER.decrypt(bytes(changed), CONTEXT)


@pytest.mark.parametrize("size", [2**16 - 1, 2**16, 2**16 + 1, 2**20 + 7])
def test_large_messages_are_whole_and_a_change_of_them_is_found(size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    envelope = CIPHER.encrypt(data, CONTEXT)
    assert CIPHER.decrypt(memoryview(envelope), CONTEXT) == data
    assert unstream(envelope) == data
    for place in (len(envelope) - 1, len(envelope) - 17, len(envelope) - size - 16):
        changed = bytearray(envelope)
        changed[place] ^= 0x80
        with pytest.raises(DecryptionError):
            CIPHER.decrypt(changed, CONTEXT)
    with pytest.raises(DecryptionError):
        CIPHER.decrypt(envelope[:-1], CONTEXT)


@given(st.integers(0, 400), st.binary(max_size=5))
def test_cut_or_lengthened_envelopes_are_refused(length: int, more: bytes) -> None:
    envelope = CIPHER.encrypt(b"data", CONTEXT)
    if length < len(envelope):
        with pytest.raises(DecryptionError):
            CIPHER.decrypt(envelope[:length], CONTEXT)
    if more:
        with pytest.raises(DecryptionError):
            CIPHER.decrypt(envelope + more, CONTEXT)


@given(contexts, contexts)
def test_another_context_is_refused(ours: dict[str, str], theirs: dict[str, str]) -> None:
    envelope = CIPHER.encrypt(b"data", ours)
    if ours != theirs:
        with pytest.raises(DecryptionError):
            CIPHER.decrypt(envelope, theirs)


@given(contexts, contexts)
def test_a_contexts_canonical_form_is_its_own(one: dict[str, str], two: dict[str, str]) -> None:
    assert (canonical(one) == canonical(two)) == (one == two)


def test_bad_contexts_are_refused() -> None:
    with pytest.raises(TypeError, match="text to text"):
        CIPHER.encrypt(b"", {"user": 1234})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="text to text"):
        CIPHER.encrypt(b"", {"user": ["1234"]})  # type: ignore[dict-item]
    for empty in ({"": "1234"}, {"user": ""}):
        with pytest.raises(ValueError, match="not empty"):
            CIPHER.encrypt(b"", empty)
    for large in ({"a": "x" * 9000}, {str(i): "x" * 100 for i in range(90)}):
        with pytest.raises(ValueError, match="8192"):
            CIPHER.encrypt(b"", large)


@given(st.binary(max_size=200))
def test_no_other_bytes_are_taken_for_an_envelope(data: bytes) -> None:
    for junk in (data, b"KAEV" + data, b"KAEV\x01\x01\x02\x0c" + data):
        with pytest.raises(EnvelopeFormatError):
            read_header(junk)


def test_versions_and_kinds_of_later_releases_are_named_unknown() -> None:
    envelope = CIPHER.encrypt(b"data", CONTEXT)
    with pytest.raises(EnvelopeFormatError, match="version 2"):
        read_header(envelope[:4] + b"\x02" + envelope[5:])
    for kind, chunk in ((3, 0), (1, 12), (2, 11), (2, 27)):
        with pytest.raises(EnvelopeFormatError, match="kind or chunk size"):
            read_header(envelope[:6] + bytes((kind, chunk)) + envelope[8:])


def test_large_messages() -> None:
    for size in (2**16 - 1, 2**16, 2**20 + 1):
        data = os.urandom(size)
        envelope = CIPHER.encrypt(memoryview(data), CONTEXT)
        assert type(envelope) is bytes
        assert CIPHER.decrypt(envelope, CONTEXT) == data


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_streams_of_every_fit(size: int) -> None:
    data = os.urandom(size)
    envelope = stream(data)
    assert unstream(envelope) == data
    assert CIPHER.decrypt(envelope, CONTEXT) == data
    assert read_header(envelope).is_stream


@settings(max_examples=40)
@given(st.integers(2, 5), st.integers(0, CHUNK), st.data())
def test_chunks_cannot_be_cut_off_moved_repeated_or_dropped(
    full: int, rest: int, draw: st.DataObject
) -> None:
    envelope = stream(os.urandom(full * CHUNK + rest))
    header = read_header(envelope).encode()
    size = CHUNK + 16
    body = envelope[len(header) :]
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    order = draw.draw(st.lists(st.sampled_from(range(len(chunks))), max_size=len(chunks) + 1))
    if order == list(range(len(chunks))):
        return
    with pytest.raises(DecryptionError):
        unstream(header + b"".join(chunks[index] for index in order))
    with pytest.raises(DecryptionError):
        unstream(envelope[: draw.draw(st.integers(len(header), len(envelope) - 1))])
    with pytest.raises(DecryptionError):
        unstream(envelope + chunks[-1])


def test_chunks_of_another_stream_do_not_fit() -> None:
    one, two = stream(bytes(2 * CHUNK)), stream(bytes(2 * CHUNK))
    size = CHUNK + 16
    with pytest.raises(DecryptionError):
        unstream(one[:-size] + two[-size:])


class Dribble:
    """A raw stream that gives a few bytes at a time, as pipes and sockets do."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._rest.read(min(size, 1000))


class RawDribble(io.RawIOBase):
    """The same, as Python's own streams are: with `readinto`."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._rest.readinto(memoryview(buffer)[:1000])


class Empty(io.RawIOBase):
    """A stream in non-blocking mode that has nothing yet."""

    def readinto(self, buffer: Any) -> None:
        return None


@pytest.mark.parametrize("kind", [Dribble, RawDribble])
def test_sources_that_give_little_at_a_time(kind: Any) -> None:
    data, target = os.urandom(3 * CHUNK + 5), io.BytesIO()
    CIPHER.encrypt_stream(kind(data), target, CONTEXT, chunk_log2=12)
    plain = io.BytesIO()
    CIPHER.decrypt_stream(kind(target.getvalue()), plain, CONTEXT)
    assert plain.getvalue() == data


def test_a_stream_that_does_not_wait_for_its_data_is_not_taken_to_have_ended() -> None:
    empty: Any = Empty()
    with pytest.raises(ValueError, match="non-blocking"):
        CIPHER.encrypt_stream(empty, io.BytesIO(), CONTEXT)
    with pytest.raises(ValueError, match="non-blocking"):
        CIPHER.decrypt_stream(empty, io.BytesIO(), CONTEXT)


def test_releases_of_cryptography_that_write_into_no_buffer_do_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Old:
        def __init__(self, cipher: Any) -> None:
            self.encrypt, self.decrypt = cipher.encrypt, cipher.decrypt

    data, new = os.urandom(3 * CHUNK), aead.aes_gcm
    envelopes = CIPHER.encrypt(data, CONTEXT), stream(data)
    monkeypatch.setattr(aead, "aes_gcm", lambda key: Old(new(key)))
    old = CIPHER.encrypt(data * 20, CONTEXT), stream(data)
    assert unstream(envelopes[1]) == CIPHER.decrypt(envelopes[0], CONTEXT) == data
    monkeypatch.undo()
    assert CIPHER.decrypt(old[0], CONTEXT) == data * 20
    assert unstream(old[1]) == data


def test_what_is_written_is_not_kept() -> None:
    """A target has what it is given only while `write` runs, as Python's streams promise."""
    seen: list[bytes] = []

    class Target:
        def write(self, data: Any) -> int:
            seen.append(bytes(data))
            return len(data)

    target: Any = Target()
    data = os.urandom(5 * CHUNK)
    CIPHER.encrypt_stream(io.BytesIO(data), target, CONTEXT, chunk_log2=12)
    assert unstream(b"".join(seen)) == data


def test_chunks_have_bounds() -> None:
    with pytest.raises(ValueError, match="chunk_log2"):
        CIPHER.encrypt_stream(io.BytesIO(), io.BytesIO(), CONTEXT, chunk_log2=11)


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    plain, sealed, back = tmp_path / "plain", tmp_path / "sealed", tmp_path / "back"
    plain.write_bytes(os.urandom(700_000))
    assert CIPHER.encrypt_file(plain, sealed, CONTEXT) == 700_000
    assert CIPHER.decrypt_file(sealed, back, CONTEXT) == 700_000
    assert back.read_bytes() == plain.read_bytes()
    assert stat.S_IMODE(back.stat().st_mode) == 0o600
    sealed.write_bytes(sealed.read_bytes()[:-1])
    back.unlink()
    with pytest.raises(DecryptionError):
        CIPHER.decrypt_file(sealed, back, CONTEXT)
    assert {file.name for file in tmp_path.iterdir()} == {"plain", "sealed"}


def test_rewrapping_changes_the_key_and_not_the_data() -> None:
    with LocalKey.generate("kek-2") as new:
        both = EnvelopeCipher(KeyChain(new, KEY))
        for old in (CIPHER.encrypt(b"data", CONTEXT), stream(bytes(5000))):
            moved = both.rewrap(old, CONTEXT)
            assert read_header(moved).key_id == "kek-2"
            start, end = len(read_header(old).encode()), len(read_header(moved).encode())
            assert moved[end:] == old[start:]
            assert EnvelopeCipher(new).decrypt(moved, CONTEXT) == CIPHER.decrypt(old, CONTEXT)
            with pytest.raises(UnknownKeyError):
                CIPHER.decrypt(moved, CONTEXT)
            with pytest.raises(DecryptionError):
                both.rewrap(old, {"purpose": "other"})
        with pytest.raises(ValueError, match="id of its own"):
            KeyChain(new, new)


def test_the_ciphertext_is_committed_to_its_data_key() -> None:
    """AES-GCM alone lets one ciphertext decrypt under two keys; the header's commitment does not:
    a data key that did not make it is refused before anything is decrypted."""
    header = read_header(CIPHER.encrypt(b"data", CONTEXT))
    bound = canonical(CONTEXT)
    with KEY.unwrap(header.wrapped, CONTEXT) as right, SecureKey.generate() as wrong:
        MessageKey.of(header, right, bound).close()
        with pytest.raises(DecryptionError):
            MessageKey.of(header, wrong, bound)


def test_a_key_encryption_key_has_256_bits() -> None:
    with pytest.raises(WeakParameterError, match="SP 800-57"):
        LocalKey(SecureKey.generate(16), "short")


def test_a_wrapped_key_is_bound_to_id_and_context() -> None:
    with SecureKey.generate() as key, SecureKey.generate() as secret:
        one, two = (LocalKey(SecureKey.copy_of(secret.view()), name) for name in ("a", "b"))
        wrapped = one.wrap(key, CONTEXT)
        assert one.unwrap(wrapped, CONTEXT) == key
        cases: list[tuple[LocalKey, bytes, dict[str, str]]] = [
            (two, wrapped, CONTEXT),
            (one, wrapped, {}),
            (one, wrapped[:-1], CONTEXT),
            (one, wrapped[:40], CONTEXT),
            (one, b"", CONTEXT),
        ]
        for other, data, context in cases:
            with pytest.raises(DecryptionError):
                other.unwrap(data, context)


def driven(case: dict[str, str]) -> tuple[MessageKey, bytes, bytes, bytes]:
    """A message key that has the key and the associated data of a vector, and not those it would
    derive; with nonce, plaintext and ciphertext, its tag included."""
    with SecureKey.generate() as data_key:
        key = MessageKey(data_key, b"prefix", bytes(32), b"")
    key._cipher = aead.aes_gcm(bytes.fromhex(case["key"]))
    key.associated = bytes.fromhex(case["aad"])
    nonce, plain, text, tag = (bytes.fromhex(case.get(x, "")) for x in ("iv", "pt", "ct", "tag"))
    return key, nonce, plain, text + tag


@pytest.mark.parametrize("large", [2, 2**16])
def test_messages_and_chunks_by_nist_vectors(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "_LARGE", large)
    files = ("nist-gcm-encrypt-256.txt", "nist-gcm-256.txt", "wycheproof-gcm-256.txt")
    made = refused = 0
    for case in [case for file in files for case in vectors.read(file)]:
        key, nonce, plain, sealed = driven(case)
        room = memoryview(bytearray(len(sealed) + 1))
        if "fail" in case or case.get("result") == "invalid":
            refused += 1
            for decrypt in (key.decrypt, partial(key.decrypt_into, room)):
                with pytest.raises(DecryptionError):
                    decrypt(nonce, memoryview(sealed))
            continue
        made += 1
        assert key.encrypt(nonce, plain) == sealed
        assert key.encrypt_after(b"head", nonce, plain) == b"head" + sealed
        assert key.encrypt_into(room, nonce, memoryview(plain)) == sealed
        assert key.decrypt(nonce, memoryview(sealed)) == plain
        assert key.decrypt_into(room, nonce, memoryview(sealed)) == plain
    assert made > 100
    assert refused > 60


def test_nist_gcm_vectors() -> None:
    fails = 0
    for case in vectors.read("nist-gcm-256.txt"):
        cipher = aead.aes_gcm(bytes.fromhex(case["key"]))
        nonce, associated = bytes.fromhex(case["iv"]), bytes.fromhex(case["aad"])
        sealed = bytes.fromhex(case["ct"] + case["tag"])
        if "fail" in case:
            fails += 1
            with pytest.raises(DecryptionError):
                aead.open_bytes(cipher, nonce, sealed, associated)
            continue
        assert aead.open_bytes(cipher, nonce, sealed, associated).hex() == case["pt"]
        if case["pt"]:
            with aead.open_key(cipher, nonce, memoryview(sealed), associated) as key:
                assert key.view().hex() == case["pt"]
    assert fails > 20
