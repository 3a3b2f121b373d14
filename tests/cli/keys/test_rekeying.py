"""Another passphrase, another root key."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyaudit.remediation import KeyManager, LocalKey
from keyaudit.remediation.generation import passwords
from tests.cli.keys.support import Operator
from tests.remediation.fast import FAST

NEW = " ".join(("another", "made", "up", "one"))


@pytest.fixture
def new(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a new passphrase."""
    monkeypatch.setattr(passwords, "best_available", lambda: FAST)
    file = operator.folder / "new"
    file.write_text(NEW + "\n")
    file.chmod(0o600)
    return file


def test_the_key_file_gets_another_passphrase(operator: Operator, new: Path) -> None:
    operator("generate", "orders")
    operator("root", "passphrase", "--new-passphrase-file", "new")
    assert "password" in operator("list", expect=2).stderr
    operator("list", "--passphrase-file", "new")


def test_a_wrong_or_short_passphrase_changes_nothing(operator: Operator, new: Path) -> None:
    before = (operator.folder / "root.json").read_bytes()
    new.write_text("short\n")
    assert "15 or more" in (
        operator("root", "passphrase", "--new-passphrase-file", "new", expect=2).stderr
    )
    operator("root", "passphrase", "--passphrase-file", "new", "--new-passphrase-file",
             "passphrase", expect=2)  # fmt: skip
    assert (
        "only a key file" in operator("root", "passphrase", "--root", "aws-kms:x", expect=2).stderr
    )
    assert (operator.folder / "root.json").read_bytes() == before


def test_the_store_moves_to_another_root_key(operator: Operator, new: Path) -> None:
    operator("generate", "orders")
    with operator.manager() as manager:
        envelope = manager.cipher("orders").encrypt(b"data", {})
    change = ("root", "change", "new.json", "--new-passphrase-file", "new")
    assert "--yes" in operator(*change, expect=2).stderr
    assert not (operator.folder / "new.json").exists()
    changed = operator.json(*change, "--yes", by="ann")
    assert changed["root_made"] is True
    assert "root key is" in operator("list", expect=2).stderr
    options = ("--root", "new.json", "--passphrase-file", "new")
    records = operator.json("audit", "list", *options)
    assert (records[-1]["action"], records[-1]["actor"]) == ("change-root", "ann")
    with (
        LocalKey.open(operator.folder / "new.json", NEW) as root,
        KeyManager.open(operator.folder / "keys.db", root) as manager,
    ):
        assert manager.cipher("orders").decrypt(envelope, {}) == b"data"


def test_a_lost_key_file_and_a_lost_store_come_back(operator: Operator, new: Path) -> None:
    operator("generate", "orders")
    refused = operator("root", "split", "shares", expect=2)
    assert "any 3 of the 5 files" in refused.stderr
    made = operator.json("root", "split", "shares", "--yes")
    assert (len(made["files"]), made["threshold"]) == (5, 3)
    assert operator.json("backup", "backup.db")["anchor"].startswith("2:")
    (operator.folder / "root.json").unlink()
    (operator.folder / "keys.db").unlink()
    few = operator("root", "recover", *made["files"][:2], "--new-passphrase-file", "new", expect=2)
    assert "3 shares are needed" in few.stderr
    operator("root", "recover", *made["files"][1:4], "--new-passphrase-file", "new")
    recovered = ("--passphrase-file", "new")
    operator("backup", "keys.db", "--store", "backup.db", *recovered)
    assert operator.json("list", *recovered)[0]["key"] == "orders"
    assert "exists" in operator("backup", "keys.db", *recovered, expect=2).stderr
