"""Envelopes are found wherever they are, and what could not be looked through is never clean."""

from __future__ import annotations

import base64
import bz2
import contextlib
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyaudit.remediation import (
    EnvelopeCipher,
    KeyInUseError,
    KeyManager,
    LocalKey,
    NoEnvelopes,
    ScanError,
    find_envelopes,
)
from keyaudit.remediation.destruction import find_envelopes as module
from tests.remediation.lifecycle import Clock, retired

KEY = LocalKey.generate("store/orders/1")
OTHER = LocalKey.generate("store/orders/2")
ENVELOPE = EnvelopeCipher(KEY).encrypt(b"made up", {"row": "1"})


def tarred(data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("a")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", data)
    return target.getvalue()


def in_sqlite(*cells: bytes | str) -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, filler BLOB, data)")
        for number, cell in enumerate(cells):
            # The filler moves the cell's beginning to an overflow page.
            connection.execute("INSERT INTO t VALUES (?, ?, ?)", (number, b"x" * 9000, cell))
        connection.commit()
        return bytes(connection.serialize())


def encoded(phase: int) -> bytes:
    return base64.b64encode(b"abc"[:phase] + ENVELOPE)


WAYS: dict[str, Callable[[], bytes]] = {
    "itself": lambda: ENVELOPE,
    "at an offset": lambda: b"KAEV" + bytes(1234) + ENVELOPE + b"more",
    "base64": lambda: encoded(0),
    "base64, one byte before": lambda: encoded(1),
    "base64, two bytes before": lambda: encoded(2),
    "base64 of URLs": lambda: base64.urlsafe_b64encode(ENVELOPE).rstrip(b"="),
    "base64 in lines": lambda: base64.encodebytes(b"ab" + ENVELOPE),
    "json": lambda: json.dumps({"d": encoded(0).decode()}).replace("/", "\\/").encode(),
    "json in json": lambda: json.dumps(json.dumps({"d": base64.encodebytes(ENVELOPE).decode()})
                                       ).encode(),
    "utf-16": lambda: f"data: {encoded(1).decode()}".encode("utf-16"),
    "hex": lambda: b"\\x" + ENVELOPE.hex().encode(),
    "hex in capitals and lines": lambda: b"\n".join(
        ENVELOPE.hex().upper()[i : i + 59].encode() for i in range(0, 2 * len(ENVELOPE), 59)
    ),
    "gzip": lambda: gzip.compress(b"x" + ENVELOPE),
    "bzip2": lambda: bz2.compress(ENVELOPE),
    "xz": lambda: lzma.compress(ENVELOPE),
    "tar": lambda: tarred(ENVELOPE),
    "tar.gz of sqlite": lambda: gzip.compress(tarred(in_sqlite(ENVELOPE))),
    "zip": lambda: zipped(encoded(2)),
    "sqlite blob": lambda: in_sqlite(ENVELOPE),
    "sqlite text": lambda: in_sqlite(encoded(1).decode()),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_an_envelope_is_found(way: str, tmp_path: Path) -> None:
    data = WAYS[way]()
    (tmp_path / "file").write_bytes(data)
    for places in ([data], [tmp_path / "file"], [str(tmp_path)]):
        found = find_envelopes(places, KEY.id)
        assert (found.places, found.envelopes, found.under) == (1, 1, 1)
        assert (found.other, found.unread) == ([], [])
        assert find_envelopes(places, OTHER.id).under == 0


def test_a_database_with_its_write_ahead_log(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (data)")
        connection.execute("INSERT INTO t VALUES (?)", (ENVELOPE,))
        connection.commit()
        assert find_envelopes([tmp_path / "app.db"], KEY.id).under == 1


@pytest.mark.parametrize("offset", [0, -1, -80, -200, 1])
def test_an_envelope_across_the_blocks_that_are_read_counts_once(
    offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK", 5000)
    monkeypatch.setattr(module, "_OVERLAP", 1000)
    data = bytes(10_000 + offset) + ENVELOPE + bytes(7000) + encoded(0) + bytes(3000)
    assert find_envelopes([data], KEY.id).under == 2


@given(st.binary(max_size=50), st.binary(max_size=50), st.integers(0, 2), st.booleans())
@example(before=b"", after=b"KAES", phase=2, in_text=True)
@example(before=b"KAES", after=b"KAEV", phase=0, in_text=False)
def test_any_neighbours(before: bytes, after: bytes, phase: int, in_text: bool) -> None:
    middle = base64.b64encode(bytes(phase) + ENVELOPE + after) if in_text else ENVELOPE + after
    found = find_envelopes([before.replace(b"\\", b"") + b"\n" + middle], KEY.id)
    assert found.under >= 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x28\xb5\x2f\xfd" + bytes(99), "Zstandard"),
        (b"PGDMP" + bytes(99), "pg_dump"),
        (gzip.compress(ENVELOPE)[:-12], "end-of-stream"),
        (b"x" + ENVELOPE[:100], "damaged envelope"),
        (b"SQLite format 3\0" + bytes(99), "database"),
        (repr(ENVELOPE).encode(), "escaped text"),
        (b"\xfd7zXZ\0" + bytes(40), "it is|corrupt|Corrupt|format|Invalid"),
    ],
)
def test_what_cannot_be_looked_through_is_told(data: bytes, words: str) -> None:
    import re

    found = find_envelopes([data], KEY.id)
    assert len(found.unread) == 1
    assert re.search(words, found.unread[0])


def test_nesting_has_an_end() -> None:
    data = ENVELOPE
    for _ in range(8):
        data = gzip.compress(data)
    assert "nested too deep" in find_envelopes([data], KEY.id).unread[0]


def test_what_is_no_envelope_is_no_proof(manager: KeyManager, clock: Clock) -> None:
    """Data that is not understood passed for data without envelopes."""
    envelope = retired(manager)
    moved = manager.cipher("orders").rewrap(envelope, {"user": "1234"})

    def schedule(*envelopes: bytes, **options: bool) -> None:
        manager.schedule_destruction(
            "orders", 1, by="ann", why="w", days=7, envelopes=envelopes, **options
        )

    with pytest.raises(ScanError) as caught:
        schedule(moved, b"some other form")
    assert caught.value.places == ("value 2",)
    with pytest.raises(ScanError, match="Zstandard"):
        schedule(moved, b"\x28\xb5\x2f\xfd" + bytes(9), ignore_other=True)
    with pytest.raises(ValueError, match="NoEnvelopes"):
        schedule()
    for hidden in (in_sqlite(envelope), gzip.compress(envelope), base64.b64encode(envelope)):
        with pytest.raises(KeyInUseError, match="1 envelope is still"):
            schedule(moved, hidden)
    schedule(moved, b"some other form", ignore_other=True)
    clock.move(days=7)
    with pytest.raises(TypeError):
        manager.destroy("orders", 1, by="ann")  # type: ignore[call-arg]
    with pytest.raises(KeyInUseError, match="1 envelope is still"):
        manager.destroy("orders", 1, by="ann", envelopes=[zipped(envelope)])
    record = manager.audit()[-1]
    assert "2 files or values" in str(record.detail["scan"])
    manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())


def test_what_was_opened_and_refused_is_remembered(
    manager: KeyManager, clock: Clock, place: str
) -> None:
    envelope = retired(manager)
    cipher = manager.cipher("orders")
    cipher.decrypt(envelope, {"user": "1234"})
    clock.move(hours=1)
    cipher.decrypt(envelope, {"user": "1234"})
    usage = manager.usage("orders", 1)
    assert (usage.opened, usage.last_opened, usage.refused) == (2, clock.now, 0)
    manager.schedule_destruction("orders", 1, by="ann", why="w", days=7, envelopes=NoEnvelopes())
    clock.move(days=1)
    for _ in range(2):
        with pytest.raises(Exception, match="to be destroyed"):
            cipher.decrypt(envelope, {"user": "1234"})
    usage = manager.usage("orders", 1)
    assert (usage.opened, usage.refused, usage.last_refused) == (2, 2, clock.now)
    assert usage.last_refused_why == "deactivated"
    assert manager.usage("orders", 2).last_opened is None
    manager.audit()


def test_what_is_damaged_hides_no_envelope_and_counts_none_twice() -> None:
    damaged = ENVELOPE[:9] + b"\xff" * 40
    for value in (damaged + ENVELOPE, ENVELOPE + damaged, ENVELOPE + damaged + ENVELOPE):
        found = find_envelopes([value], KEY.id)
        assert found.under == value.count(ENVELOPE)
        assert len(found.unread) == 1
