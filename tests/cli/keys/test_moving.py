"""Encrypted files are moved to the primary version, and what is not one is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keyaudit.remediation import read_header
from tests.cli.keys.support import Operator

CONTEXT = {"for": "export"}
MOVE = ("reencrypt", "orders", "data", "--context", "for=export")


@pytest.fixture
def data(operator: Operator) -> Path:
    """Two files under version 1 of key `orders`, one of 3 MB; a link, and a file that is none."""
    folder = operator.folder / "data"
    (folder / "below").mkdir(parents=True)
    operator("generate", "orders")
    with operator.manager() as manager:
        cipher = manager.cipher("orders")
        plain = operator.folder / "plain"
        plain.write_bytes(b"abc" * 1_000_000)
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
    assert (data / "big").read_bytes() == b"abc" * 1_000_000
    (job,) = operator.json("show", "orders")["reencryptions"]
    assert (job["by"], job["skipped"], job["failed"]) != (None, 0, 1)
    operator("approve", "orders", "1", by="bob")
    operator("schedule-destruction", "orders", "1", "--why", "moved", "--envelopes", "data",
             "--yes", by="ann")  # fmt: skip


def test_what_cannot_be_moved_is_named_and_keeps_its_key(operator: Operator, data: Path) -> None:
    done = operator("reencrypt", "orders", "data", "--context", "for=other", expect=1)
    assert "small.enc: DecryptionError" in done.stdout
    assert "0 files moved, 0 under the primary version already, 2 failed" in done.stdout
    operator("approve", "orders", "1", by="bob")
    refused = operator.json("schedule-destruction", "orders", "1", "--why", "w",
                            "--no-envelopes", "--yes", by="ann", expect=1)  # fmt: skip
    assert refused["reasons"] == ["re-encryption 'default' left 2 unmoved"]


@pytest.mark.parametrize("context", ["x", "=x", "for=a"])
def test_a_context_is_pairs(context: str, operator: Operator, data: Path) -> None:
    done = operator(*MOVE, "--context", context, expect=2)
    assert "NAME=VALUE" in done.stderr
    shutil.rmtree(data)
