"""Keys from passwords: the record brings the key back, and the standards' vectors hold."""

from __future__ import annotations

import hashlib
import hmac
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.remediation import (
    Argon2id,
    MissingBackendError,
    Pbkdf2,
    RecordFormatError,
    Scrypt,
    WeakParameterError,
    WrongPasswordError,
    derive_key,
    derive_subkey,
    needs_rehash,
    verify,
)
from keyaudit.remediation.generation import stretching
from keyaudit.remediation.generation.passwords import Record, _expand
from keyaudit.remediation.generation.subkeys import subkey_info
from tests.remediation import vectors
from tests.remediation.fast import FAST, HAS_ARGON2ID

PASSWORD = "umbrella-tractor-violin"
needs_argon2id = pytest.mark.skipif(
    not HAS_ARGON2ID, reason="the installed cryptography has no Argon2id"
)


@pytest.mark.parametrize(
    "parameters", [None, FAST, Scrypt(2**13, 8, 10), Pbkdf2(220_000, "sha512")]
)
def test_the_record_brings_the_key_back(parameters: stretching.Stretching | None) -> None:
    made = derive_key(PASSWORD, parameters=parameters)
    assert len(made.key) == 32
    assert derive_key(PASSWORD, record=made.record) == made
    assert verify(PASSWORD, made.record)
    assert not verify(PASSWORD + "s", made.record)
    assert made.key.hex() not in made.record
    assert repr(made.key) not in repr(made)
    with pytest.raises(WrongPasswordError):
        derive_key("another", record=made.record)


def test_every_key_has_a_salt_of_its_own() -> None:
    first, second = (derive_key(PASSWORD, parameters=FAST) for _ in range(2))
    assert first.key != second.key
    assert first.record != second.record


def test_text_is_normalized_and_bytes_are_taken_as_they_are() -> None:
    record = derive_key("pä", parameters=FAST).record
    assert verify("pa\u0308", record)
    assert verify("pä".encode(), record)
    assert verify(bytearray("pä".encode()), record)


def test_the_length_is_free_from_16_bytes_up() -> None:
    made = derive_key(PASSWORD, length=64, parameters=FAST)
    assert len(made.key) == 64
    assert derive_key(PASSWORD, record=made.record, length=16).key == made.key[:16]
    with pytest.raises(WeakParameterError, match="SP 800-132"):
        derive_key(PASSWORD, length=8)


@pytest.mark.parametrize(
    "parameters",
    [
        Argon2id(19455, 2, 1),
        Argon2id(65536, 0, 1),
        Argon2id(7167, 50, 1),
        Scrypt(2**16, 8, 1),
        Scrypt(2**17, 4, 1),
        Pbkdf2(599_999),
        Pbkdf2(209_999, "sha512"),
        Pbkdf2(2_000_000, "sha1"),
    ],
)
def test_weak_parameters_are_refused_with_their_source(parameters: stretching.Stretching) -> None:
    with pytest.raises(WeakParameterError, match="OWASP Password Storage Cheat Sheet"):
        derive_key(PASSWORD, parameters=parameters)


@pytest.mark.parametrize("empty", ["", b"", bytearray()])
def test_an_empty_password_is_refused(empty: str | bytes | bytearray) -> None:
    with pytest.raises(WeakParameterError, match="empty password"):
        derive_key(empty)


def test_a_record_and_parameters_are_not_given_together() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        derive_key(PASSWORD, record="$", parameters=FAST)


@needs_argon2id
def test_rehashing_is_asked_for_when_the_figures_rise() -> None:
    record = derive_key(PASSWORD, parameters=FAST).record
    assert needs_rehash(record)
    assert not needs_rehash(record, FAST)
    assert needs_rehash(record, Scrypt())
    assert not needs_rehash(record, Argon2id(4096, 5, 1))
    digest = derive_key(PASSWORD, parameters=Pbkdf2(600_000, "sha512")).record
    assert needs_rehash(digest, Pbkdf2(600_000, "sha256"))


def test_without_argon2id_scrypt_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.kdf.argon2", None)
    record = derive_key(PASSWORD).record
    assert record.split("$")[2] == "scrypt"
    assert verify(PASSWORD, record)
    with pytest.raises(MissingBackendError, match="cryptography 44"):
        derive_key(PASSWORD, parameters=Argon2id())


@needs_argon2id
@pytest.mark.parametrize(
    "change",
    [
        ("keyaudit-kdf-1", "keyaudit-kdf-2"),
        ("argon2id", "argon2d"),
        ("m=7168", "m=07168"),
        ("m=7168", "m=99999999"),
        ("m=7168,", ""),
        ("m=7168", "n=7168"),
        ("p=1", "p=900"),
        ("t=5", "t=5000"),
        ("t=5", "t=-5"),
        ("t=5", "t=٥"),
    ],
)
def test_a_damaged_record_is_told_from_a_wrong_password(change: tuple[str, str]) -> None:
    record = derive_key(PASSWORD, parameters=FAST).record
    damaged = record.replace(*change)
    assert damaged != record
    with pytest.raises(RecordFormatError):
        verify(PASSWORD, damaged)


@given(st.text(max_size=80) | st.text("$=,argon2idmtp0123456789AB+/", max_size=120))
def test_no_text_is_taken_for_a_record_by_accident(text: str) -> None:
    with pytest.raises(RecordFormatError):
        Record.parse(text)


@given(st.data())
def test_a_record_has_one_spelling(data: st.DataObject) -> None:
    record = str(Record(FAST, b"0123456789abcdef", bytes(range(32))))
    assert str(Record.parse(record)) == record
    place = data.draw(st.integers(0, len(record) - 1))
    changed = record[:place] + data.draw(st.characters(codec="ascii")) + record[place + 1 :]
    try:
        parsed = Record.parse(changed)
    except RecordFormatError:
        return
    assert str(parsed) == changed


@needs_argon2id
@pytest.mark.parametrize("case", vectors.read("argon2id.txt"))
def test_argon2id_vectors(case: dict[str, str]) -> None:
    if "secret" in case:
        pytest.skip("secret and associated data are not used here")
    parameters = Argon2id(int(case["memcost"]), int(case["iter"]), int(case["lanes"]))
    password, salt = bytes.fromhex(case["pass"]), bytes.fromhex(case["salt"])
    _check(parameters, password, salt, case["output"])


@pytest.mark.parametrize("case", vectors.read("scrypt.txt"))
def test_scrypt_vectors(case: dict[str, str]) -> None:
    if int(case["n"]) > 2**17:
        pytest.skip("takes 1 GiB of memory")
    parameters = Scrypt(int(case["n"]), int(case["r"]), int(case["p"]))
    _check(parameters, case["password"].encode(), case["salt"].encode(), case["derived_key"])


@pytest.mark.parametrize("case", vectors.read("pbkdf2-sha256.txt"))
def test_pbkdf2_vectors(case: dict[str, str]) -> None:
    parameters = Pbkdf2(int(case["iterations"]))
    _check(parameters, case["password"].encode(), case["salt"].encode(), case["derived_key"])


@pytest.mark.parametrize("case", vectors.read("hkdf-sha256.txt"))
def test_hkdf_vectors(case: dict[str, str]) -> None:
    key = _expand(bytes.fromhex(case["prk"]), bytes.fromhex(case["info"]), int(case["l"]))
    assert key.hex() == case["okm"]


def test_a_subkey_is_hkdf_as_the_rfc_spells_it_out() -> None:
    key, info = bytes(range(32)), subkey_info("purpose", b"context")
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    first = hmac.digest(extracted, info + b"\x01", hashlib.sha256)
    second = hmac.digest(extracted, first + info + b"\x02", hashlib.sha256)
    assert derive_subkey(key, "purpose", 40, context=b"context") == (first + second)[:40]


def _check(parameters: stretching.Stretching, password: bytes, salt: bytes, expected: str) -> None:
    length = len(expected) // 2
    assert parameters.stretch(password, salt, length).hex() == expected
    target = bytearray(length)
    parameters.stretch_into(password, salt, target)
    assert target.hex() == expected
