"""Encrypted files are moved to the primary version, and what is not one is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keyaudit.remediation import EnvelopeHeader, read_header
from tests.cli.keys.support import Operator

CONTEXT = {"for": "export"}
BIG = b"abc" * 1_000_000
MOVE = ("reencrypt", "orders", "data", "--job", "data", "--context", "for=export")


@pytest.fixture
def data(operator: Operator) -> Path:
    """Two files under version 1 of key `orders`, one of 3 MB; a link, and a file that is none."""
    folder = operator.folder / "data"
    (folder / "below").mkdir(parents=True)
    operator("generate", "orders")
    with operator.manager() as manager:
        cipher = manager.cipher("orders")
        plain = operator.folder / "plain"
        plain.write_bytes(BIG)
        cipher.encrypt_file(plain, folder / "below" / "big.enc", CONTEXT)
        (folder / "small.enc").write_bytes(cipher.encrypt(b"small", CONTEXT))
    (folder / "small.enc").chmod(0o640)
    (folder / "note.txt").write_text("no envelope")
    (folder / "link").symlink_to("small.enc")
    operator("rotate", "orders")
    return folder


def test_files_are_moved_once(operator: Operator, data: Path) -> None:
    done = operator.json(*MOVE, by="ann")
    assert (done["moved"], done["skipped"], done["failed"]) == (2, 0, [])
    again = operator.json(*MOVE)
    assert (again["moved"], again["skipped"]) == (0, 2)
    assert (data / "note.txt").read_text() == "no envelope"
    assert (data / "link").is_symlink()
    assert (data / "small.enc").stat().st_mode & 0o777 == 0o640
    with operator.manager() as manager:
        cipher = manager.cipher("orders")
        current = manager.primary("orders").id
        assert read_header((data / "small.enc").read_bytes()).key_id == current
        assert cipher.decrypt((data / "small.enc").read_bytes(), CONTEXT) == b"small"
        cipher.decrypt_file(data / "below" / "big.enc", data / "big", CONTEXT)
    assert (data / "big").read_bytes() == BIG
    (job,) = operator.json("show", "orders")["reencryptions"]
    assert (job["by"], job["skipped"], job["failed"]) != (None, 0, 1)
    operator.approve(1, by="bob")
    operator("schedule-destruction", "orders", "1", "--why", "moved", "--envelopes", "data",
             "--ignore-other", "--yes", by="ann")  # fmt: skip


def test_what_cannot_be_moved_is_named_and_keeps_its_key(operator: Operator, data: Path) -> None:
    done = operator(
        "reencrypt", "orders", "data", "--job", "data", "--context", "for=other", expect=1
    )
    assert "small.enc: DecryptionError" in done.stdout
    assert "0 files moved, 0 under the primary version already, 2 failed" in done.stdout
    operator.approve(1, by="bob")
    refused = operator.json("schedule-destruction", "orders", "1", "--why", "w",
                            "--no-envelopes", "--yes", by="ann", expect=1)  # fmt: skip
    assert refused["reasons"] == ["re-encryption 'data' left 2 unmoved"]


def heads(folder: Path) -> dict[str, EnvelopeHeader]:
    """What the envelopes say of themselves, by their files' names."""
    files = [folder / "below" / "big.enc", folder / "small.enc"]
    return {file.name: read_header(file.read_bytes()) for file in files}


def check_whole(operator: Operator, data: Path) -> None:
    """Both files hold what they held, under the primary version, and keep their modes."""
    with operator.manager() as manager:
        cipher, current = manager.cipher("orders"), manager.primary("orders").id
        assert {header.key_id for header in heads(data).values()} == {current}
        assert cipher.decrypt((data / "small.enc").read_bytes(), CONTEXT) == b"small"
        assert cipher.decrypt((data / "below" / "big.enc").read_bytes(), CONTEXT) == BIG
    assert (data / "small.enc").stat().st_mode & 0o777 == 0o640
    assert (data / "link").is_symlink()


def test_data_under_a_compromised_version_is_encrypted_anew(operator: Operator, data: Path) -> None:
    before = heads(data)
    operator("compromise", "orders", "1", "--why", "found in a log", "--yes", by="ann")
    refused = operator(*MOVE, expect=1)
    assert "small.enc: KeyStateError" in refused.stdout
    assert "keyaudit keys reactivate" in refused.stdout
    assert heads(data) == before
    operator("reactivate", "orders", "1", "--for", "1h", "--purpose", "encrypt anew")
    done = operator.json(*MOVE, by="ann")
    assert (done["moved"], done["skipped"], done["failed"]) == (2, 0, [])
    check_whole(operator, data)
    for name, header in heads(data).items():
        assert (header.kind, header.chunk_log2) == (before[name].kind, before[name].chunk_log2)
        assert header.salt != before[name].salt
        assert header.commitment != before[name].commitment


def test_all_data_is_encrypted_anew_when_asked_for(operator: Operator, data: Path) -> None:
    operator(*MOVE)
    wrapped_anew = heads(data)
    assert operator.json(*MOVE, "--anew")["moved"] == 0
    operator("rotate", "orders")
    assert operator.json(*MOVE, "--anew")["moved"] == 2
    check_whole(operator, data)
    for name, header in heads(data).items():
        assert header.salt != wrapped_anew[name].salt
    details = [each["detail"] for each in operator.json("audit", "list", "--key", "orders")
               if each["action"] == "reencrypt"]  # fmt: skip
    assert [detail["anew"] for detail in details] == [False, True, True]


def test_a_file_cut_short_is_not_encrypted_anew(operator: Operator, data: Path) -> None:
    big = data / "below" / "big.enc"
    whole = big.read_bytes()
    big.write_bytes(whole[: -(1 << 18)])
    done = operator(*MOVE, "--anew", expect=1)
    assert "big.enc: DecryptionError" in done.stdout
    assert big.read_bytes() == whole[: -(1 << 18)]
    assert sorted(file.name for file in big.parent.iterdir()) == ["big.enc"]


@pytest.mark.parametrize("context", ["x", "=x", "for=a"])
def test_a_context_is_pairs(context: str, operator: Operator, data: Path) -> None:
    done = operator(*MOVE, "--context", context, expect=2)
    assert "NAME=VALUE" in done.stderr
    shutil.rmtree(data)
