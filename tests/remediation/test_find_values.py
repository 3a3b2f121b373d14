"""Values of a LookupCipher and sealed messages are found before their key is destroyed."""

from __future__ import annotations

import base64
import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import (
    KeyAlgorithm,
    KeyInUseError,
    KeyManager,
    KeyPolicy,
    ScanError,
    find_envelopes,
    seal_to,
)
from tests.remediation.lifecycle import CONTEXT
from tests.remediation.test_agreement import has_hpke

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "within": lambda data: b"before " + data + b" after",
    "hex": lambda data: data.hex().encode(),
    "HEX in lines": lambda data: b"\n".join(
        data.hex().upper().encode()[i : i + 7] for i in range(0, 2 * len(data), 7)
    ),
    "base64": base64.b64encode,
    "base64 after one": lambda data: base64.b64encode(b"x" + data),
    "base64 after two": lambda data: base64.urlsafe_b64encode(b"xy" + data),
    "utf-16": lambda data: base64.b64encode(data).decode().encode("utf-16"),
    "gzip": gzip.compress,
}


@pytest.fixture
def manager(file_manager: KeyManager) -> KeyManager:
    """A manager with two versions of a key of each kind that makes such values."""
    for name, algorithm in (("find", KeyAlgorithm.AES_256_SIV), ("inbox", KeyAlgorithm.X25519)):
        file_manager.create_key(name, by="ann", algorithm=algorithm, policy=KeyPolicy(approvals=0))
    return file_manager


def made(manager: KeyManager, kind: str) -> bytes:
    if kind == "find":
        return manager.lookup_cipher("find").encrypt(b"ann@example.org", CONTEXT)
    if not has_hpke("X25519"):
        pytest.skip("cryptography without HPKE")
    return seal_to(manager.agreement("inbox").public_key().value, b"message", CONTEXT)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["find", "inbox"])
def test_they_are_found_in_every_form(kind: str, form: str, manager: KeyManager) -> None:
    old = made(manager, kind)
    manager.rotate(kind, by="ann")
    new = made(manager, kind)
    scan = manager.scan(kind, 1, [FORMS[form](old), FORMS[form](new)])
    assert (scan.envelopes, scan.under, scan.other, scan.unread) == (2, 1, [], [])
    assert manager.scan(kind, 2, [FORMS[form](old + new)]).under == 1
    # Of another key with the same number.
    other = "inbox" if kind == "find" else "find"
    assert manager.scan(other, 1, [FORMS[form](old)]).under == 0


@pytest.mark.parametrize("kind", ["find", "inbox"])
def test_they_keep_their_key_from_being_destroyed(
    kind: str, manager: KeyManager, tmp_path: Path
) -> None:
    """In a database with envelopes of other keys, as an application has it."""
    manager.create_key("orders", by="ann")
    envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
    old = made(manager, kind)
    manager.rotate(kind, by="ann")
    if kind == "inbox":
        manager.deactivate("inbox", 1, by="ann", why="replaced")
    with sqlite3.connect(tmp_path / "app.db") as connection:
        connection.execute("CREATE TABLE rows (data BLOB, mail BLOB)")
        connection.execute("INSERT INTO rows VALUES (?, ?)", (envelope, old))
    connection.close()
    request: dict[str, Any] = {"by": "ann", "why": "w", "days": 7}
    with pytest.raises(KeyInUseError, match="1 envelope is still"):
        manager.schedule_destruction(kind, 1, envelopes=[tmp_path / "app.db"], **request)
    with sqlite3.connect(tmp_path / "app.db") as connection:
        connection.execute("UPDATE rows SET mail = ?", (made(manager, kind),))
    connection.close()
    scan = manager.scan(kind, 1, [tmp_path / "app.db"])
    assert scan.under == 0


def test_what_only_begins_like_one_is_an_error(manager: KeyManager) -> None:
    for kind, least in (("find", 13), ("inbox", 21)):
        whole = made(manager, kind)
        assert find_envelopes([whole[:least]], "x").unread == []
        for data in (whole[: least - 1], whole[:5], whole[:4] + b"\\x01"):
            scan = find_envelopes([data], "x")
            assert len(scan.unread) == 1
            with pytest.raises(ScanError):
                manager.schedule_destruction("find", 1, by="ann", why="w", days=7, envelopes=[data])
