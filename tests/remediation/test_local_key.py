"""A key encryption key in a file, under a passphrase."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from keyaudit.remediation import (
    EnvelopeCipher,
    LocalKey,
    RecordFormatError,
    WeakParameterError,
    WrongPasswordError,
)
from tests.remediation.fast import FAST

PASSPHRASE = "gravel lantern sixpence"
LATER = "thimble under the stair"


def test_the_file_brings_the_key_back(tmp_path: Path) -> None:
    file = tmp_path / "kek.json"
    with LocalKey.create(file, PASSPHRASE, parameters=FAST) as made:
        envelope = EnvelopeCipher(made).encrypt(b"data", {})
        secret = made._key.view().hex()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_text()
    with LocalKey.open(file, PASSPHRASE) as opened:
        assert EnvelopeCipher(opened).decrypt(envelope, {}) == b"data"
        assert secret not in repr(opened)
    with pytest.raises(WrongPasswordError):
        LocalKey.open(file, "gravel")
    assert [path.name for path in tmp_path.iterdir()] == ["kek.json"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "kek.json"
    file.write_text("mine")
    with pytest.raises(FileExistsError):
        LocalKey.create(file, PASSPHRASE, parameters=FAST)
    assert file.read_text() == "mine"
    for weak in ("", "fourteen chars"):
        with pytest.raises(WeakParameterError, match="SP 800-63B-4"):
            LocalKey.create(tmp_path / "other", weak, parameters=FAST)
        with pytest.raises(WeakParameterError, match="15 or more"):
            LocalKey.change_passphrase(file, PASSPHRASE, weak, parameters=FAST)
    assert [path.name for path in tmp_path.iterdir()] == ["kek.json"]


def test_another_passphrase_opens_the_same_key(tmp_path: Path) -> None:
    file = tmp_path / "kek.json"
    with LocalKey.create(file, PASSPHRASE, parameters=FAST) as made:
        envelope = EnvelopeCipher(made).encrypt(b"data", {})
    LocalKey.change_passphrase(file, PASSPHRASE, LATER, parameters=FAST)
    with LocalKey.open(file, LATER) as opened:
        assert EnvelopeCipher(opened).decrypt(envelope, {}) == b"data"
    with pytest.raises(WrongPasswordError):
        LocalKey.open(file, PASSPHRASE)
    with pytest.raises(WrongPasswordError):
        LocalKey.change_passphrase(file, PASSPHRASE, LATER, parameters=FAST)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keyaudit-key-file": 2}', "\x00\xff"])
def test_other_files_are_no_key_files(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kek.json"
    file.write_text(text)
    with pytest.raises(RecordFormatError, match=r"kek\.json"):
        LocalKey.open(file, PASSPHRASE)


@pytest.mark.parametrize("field", ["id", "key", "record"])
def test_a_changed_file_is_not_opened(tmp_path: Path, field: str) -> None:
    file = tmp_path / "kek.json"
    LocalKey.create(file, PASSPHRASE, parameters=FAST).close()
    data = json.loads(file.read_text())
    value = data[field]
    data[field] = ("b" if value[8] != "b" else "c").join((value[:8], value[9:]))
    file.write_text(json.dumps(data))
    with pytest.raises((RecordFormatError, WrongPasswordError)):
        LocalKey.open(file, PASSPHRASE)
    with pytest.raises(FileNotFoundError):
        LocalKey.open(tmp_path / "none", PASSPHRASE)
