"""Where passphrases come from, that they are wiped, and which are refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from keyaudit.remediation import (
    DecryptionError,
    EnvelopeCipher,
    KeySourceError,
    LocalKey,
    PassphraseDescriptor,
    PassphraseFile,
    SecureKey,
    SystemdCredential,
    WeakParameterError,
    WrongPasswordError,
)
from tests.remediation.fast import FAST
from tests.remediation.killing import SUPPORTED, killed_at

PHRASE = "some words made up here \N{LATIN SMALL LETTER E WITH ACUTE}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "kek.json"
    LocalKey.create(made, PHRASE, parameters=FAST).close()
    return made


def kept(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "phrase"
    path.write_bytes(PHRASE.encode() + b"\r\nmore")
    path.chmod(mode)
    return path


def piped() -> int:
    reading, writing = os.pipe()
    os.write(writing, PHRASE.encode() + b"\n")
    os.close(writing)
    return reading


def test_it_comes_from_anywhere(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    for source in (
        PHRASE,
        "some words made up here e\N{COMBINING ACUTE ACCENT}",
        lambda: PHRASE,
        PassphraseFile(kept(tmp_path)),
        PassphraseDescriptor(piped()),
        SystemdCredential("phrase"),
    ):
        LocalKey.open(file, source).close()


def test_a_buffer_is_wiped_whatever_happens(file: Path, tmp_path: Path) -> None:
    uses: list[Callable[[bytearray], object]] = [
        lambda buffer: LocalKey.open(file, buffer).close(),
        lambda buffer: LocalKey.create(tmp_path / "new", buffer, parameters=FAST).close(),
        lambda buffer: LocalKey.change_passphrase(file, PHRASE, buffer, parameters=FAST),
    ]
    for use in uses:
        buffer = bytearray(PHRASE.encode())
        use(buffer)
        assert buffer == bytes(len(buffer))
    for wrong in (b"not the right one at all", b"short", b"\xff" * 20):
        buffer = bytearray(wrong)
        with pytest.raises((WrongPasswordError, ValueError)):
            LocalKey.open(file, buffer)
        assert buffer == bytes(len(buffer))
    with pytest.raises(TypeError, match="bytearray"):
        LocalKey.open(file, b"bytes cannot be wiped")  # type: ignore[arg-type]


def test_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "long").write_bytes(b"x" * 5000)
    for name in ("empty", "long"):
        (tmp_path / name).chmod(0o600)
    for source, words in (
        (PassphraseFile(kept(tmp_path, 0o640)), "chmod 600"),
        (PassphraseFile(tmp_path / "gone"), "No such file"),
        (PassphraseFile(tmp_path / "empty"), "first line"),
        (PassphraseFile(tmp_path / "long"), "first line"),
        (PassphraseDescriptor(999), "cannot be read"),
        (SystemdCredential("phrase"), "no credential"),
    ):
        with pytest.raises(KeySourceError, match=words):
            source()
    assert PassphraseFile(kept(tmp_path, 0o644), check_mode=False)() == PHRASE.encode()


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("fourteen chars", "14 characters"),
        (" " * 20, "blank"),
        ("\t \t \t \t \t \t \t \t ", "blank"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("abababababababababab", "repeats"),
        ("hunter2hunter2hunter2", "repeats"),
        ("Monday!?Monday!?Monday!?", "repeats"),
        ("abcdefghijklmnopqrst", "alphabet"),
        ("ZYXWVUTSRQPONMLKJIHG", "alphabet"),
        ("aabbccddeeffgghhiijj", "alphabet"),
        ("123456789012345", "alphabet"),
        ("qwertyuiopasdfgh", "keyboard"),
        ("mnbvcxzlkjhgfdsa", "keyboard"),
        ("Correct Horse Battery Staple", "commonly"),
        ("passwordpassword123", "repeats|commonly"),
        ("123 This-is-a-password! 2026", "commonly"),
        ("may the force be with you", "commonly"),
    ],
)
def test_what_is_easy_to_guess_is_refused(phrase: str, words: str, tmp_path: Path) -> None:
    for given in (phrase, bytearray(phrase.encode())):
        with pytest.raises(WeakParameterError, match=words):
            LocalKey.create(tmp_path / "kek.json", given, parameters=FAST)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "phrase",
    [
        "some words made up here",
        "xK9#mQ2$vL5&nR8",
        "gr\u00fcne B\u00e4ume im Regen",
        "\u65e5" * 3 + "a1B2c3D4e5F6g7",
    ],
)
def test_others_are_taken(phrase: str, tmp_path: Path) -> None:
    LocalKey.create(tmp_path / "kek.json", phrase, parameters=FAST).close()
    LocalKey.open(tmp_path / "kek.json", bytearray(phrase.encode())).close()


@pytest.mark.skipif(not SUPPORTED, reason="traces system calls on Linux")
def test_a_decryption_that_is_killed_leaves_no_plaintext(tmp_path: Path) -> None:
    plain = b"made-up plaintext " * 60_000
    secret = bytes(range(32))
    context = {"for": "test"}

    def work() -> None:
        with LocalKey(SecureKey.copy_of(secret), "kek") as kek:
            EnvelopeCipher(kek).decrypt_file(tmp_path / "data.enc", tmp_path / "out", context)

    with LocalKey(SecureKey.copy_of(secret), "kek") as kek:
        (tmp_path / "plain").write_bytes(plain)
        EnvelopeCipher(kek).encrypt_file(tmp_path / "plain", tmp_path / "data.enc", context)
    (tmp_path / "plain").unlink()
    kills = 0
    while killed_at(kills, work):
        left = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        left.pop("data.enc")
        for name, data in left.items():
            assert name == "out" or name.startswith(".out."), name
            assert data == plain, "part of the plaintext was left"
        for name in left:
            (tmp_path / name).unlink()
        kills += 1
    assert kills >= 2


def test_a_file_is_not_left_when_it_does_not_decrypt(tmp_path: Path) -> None:
    with LocalKey.generate() as kek:
        (tmp_path / "data.enc").write_bytes(
            EnvelopeCipher(kek).encrypt(b"data", {"for": "test"})[:-1] + b"x"
        )
        with pytest.raises(DecryptionError):
            EnvelopeCipher(kek).decrypt_file(tmp_path / "data.enc", tmp_path / "out", {"for": "t"})
    assert [file.name for file in tmp_path.iterdir()] == ["data.enc"]
