"""Re-encryption of files, and of data whose key others may know."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.remediation import (
    DecryptionError,
    EnvelopeCipher,
    KeyManager,
    KeyState,
    LocalKey,
    read_header,
)
from keyaudit.remediation.lifecycle import moves
from tests.remediation.lifecycle import CONTEXT, Clock, make

HOUR = timedelta(hours=1)
CIPHER = EnvelopeCipher(LocalKey.generate())


def streamed(data: bytes) -> bytes:
    target = io.BytesIO()
    CIPHER.encrypt_stream(io.BytesIO(data), target, CONTEXT, chunk_log2=12)
    return target.getvalue()


def anew(envelope: bytes) -> bytes:
    target = io.BytesIO()
    assert CIPHER.encrypt_anew(io.BytesIO(envelope), target, CONTEXT) >= 0
    return target.getvalue()


@given(st.integers(0, 20_000), st.booleans())
def test_what_is_encrypted_anew_is_the_same_data(size: int, in_chunks: bool) -> None:
    data = bytes(i % 251 for i in range(size))
    old = streamed(data) if in_chunks else CIPHER.encrypt(data, CONTEXT)
    new = anew(old)
    assert CIPHER.decrypt(new, CONTEXT) == data
    was, now = read_header(old), read_header(new)
    assert (was.kind, was.chunk_log2, was.key_id) == (now.kind, now.chunk_log2, now.key_id)
    assert was.salt != now.salt
    assert was.wrapped != now.wrapped
    assert len(old) == len(new)


@given(st.data())
def test_what_was_changed_is_not_encrypted_anew(draw: st.DataObject) -> None:
    envelope = streamed(bytes(9000))
    changed = bytearray(envelope)
    start = len(read_header(envelope).encode())
    changed[draw.draw(st.integers(start, len(envelope) - 1))] ^= 1
    for broken in (bytes(changed), envelope[:-1], envelope[: start + 4112], envelope + b"x"):
        with pytest.raises(DecryptionError):
            anew(broken)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[KeyManager]:
    """A store with key `orders`."""
    with make(tmp_path, Clock()) as made:
        made.create_key("orders", by="ann")
        yield made


@pytest.fixture
def file(tmp_path: Path, manager: KeyManager) -> Path:
    """A file under version 1, which is no longer the primary one."""
    made = tmp_path / "data.enc"
    (tmp_path / "plain").write_bytes(b"data" * 1000)
    manager.cipher("orders").encrypt_file(tmp_path / "plain", made, CONTEXT)
    manager.rotate("orders", by="ann")
    return made


def test_envelopes_of_a_compromised_version_are_encrypted_anew_without_being_asked(
    manager: KeyManager,
) -> None:
    """Wrapped anew alone, they would have the data key that others may know."""
    cipher = manager.cipher("orders")
    old = {name: cipher.encrypt(name.encode(), CONTEXT) for name in ("a", "b")}
    new: dict[str, bytes] = {}

    def save(name: str, before: bytes, after: bytes) -> bool:
        assert before == old[name]
        new[name] = after
        return True

    manager.rotate("orders", by="ann")
    rows = [("a", old["a"], CONTEXT)]
    assert manager.reencrypt("orders", rows, save, by="ann", job="rows").moved == 1
    manager.compromise("orders", 1, by="ann", why="lost")
    rows = [("b", old["b"], CONTEXT)]
    result = manager.reencrypt("orders", rows, save, by="ann", job="rows")
    assert result.failed == (("b", "KeyStateError"),)
    with manager.reactivate("orders", 1, by="ann", why="move", for_=HOUR):
        assert manager.reencrypt("orders", rows, save, by="ann", job="rows").moved == 1
    assert [cipher.decrypt(new[name], CONTEXT) for name in old] == [b"a", b"b"]
    salts = {name: read_header(old[name]).salt == read_header(new[name]).salt for name in old}
    assert salts == {"a": True, "b": False}
    assert manager.versions("orders")[0].state is KeyState.COMPROMISED


def test_what_is_no_envelope_of_the_key_is_told(
    manager: KeyManager, file: Path, tmp_path: Path
) -> None:
    manager.create_key("mail", by="ann")
    other, note = tmp_path / "other.enc", tmp_path / "note"
    other.write_bytes(manager.cipher("mail").encrypt(b"mail", CONTEXT))
    note.write_text("no envelope")
    files = [(str(each), CONTEXT) for each in (file, other, note)]
    seen: list[int] = []
    result = manager.reencrypt_files("orders", files, by="ann", job="files", progress=seen.append)
    assert (result.moved, result.skipped, seen) == (1, 0, [1, 2, 3])
    assert result.failed == ((other, "UnknownKeyError"), (note, "EnvelopeFormatError"))
    assert note.read_text() == "no envelope"
    with pytest.raises(FileNotFoundError):
        manager.reencrypt_files("orders", [(tmp_path / "none", CONTEXT)], by="ann", job="files")
    assert manager.reencryptions("orders")[0].is_open


def test_a_link_stays_one(manager: KeyManager, file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file.name)
    assert manager.reencrypt_files("orders", [(link, CONTEXT)], by="ann", job="files").moved == 1
    assert link.is_symlink()
    assert read_header(file.read_bytes()).key_id == manager.primary("orders").id


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives files")
@pytest.mark.parametrize("all_anew", [False, True])
def test_a_files_owner_and_mode_stay(manager: KeyManager, file: Path, all_anew: bool) -> None:
    os.chown(file, 1234, 2345)
    file.chmod(0o640)
    manager.reencrypt_files("orders", [(file, CONTEXT)], by="ann", job="files", anew=all_anew)
    found = file.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (1234, 2345, 0o640)


def test_what_others_write_meanwhile_is_not_lost(
    manager: KeyManager, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = manager.cipher("orders").encrypt(b"written meanwhile", CONTEXT)
    keep = moves._keep_owner_and_mode

    def write_as_well(*files: object) -> None:
        keep(*files)  # type: ignore[arg-type]
        file.write_bytes(later)

    monkeypatch.setattr(moves, "_keep_owner_and_mode", write_as_well)
    result = manager.reencrypt_files("orders", [(file, CONTEXT)], by="ann", job="files")
    assert (result.moved, result.skipped) == (0, 1)
    assert manager.cipher("orders").decrypt(file.read_bytes(), CONTEXT) == b"written meanwhile"


def test_a_file_that_others_keep_writing_is_left_to_them(
    manager: KeyManager, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(100, 200))

    def write_as_well(*_: object) -> None:
        file.write_bytes(file.read_bytes())
        os.utime(file, (0, next(times)))  # clocks of file systems tick slowly

    monkeypatch.setattr(moves, "_keep_owner_and_mode", write_as_well)
    with pytest.raises(OSError, match="keep writing") as raised:
        manager.reencrypt_files("orders", [(file, CONTEXT)], by="ann", job="files")
    assert raised.value.filename == str(file)
    assert manager.cipher("orders").decrypt(file.read_bytes(), CONTEXT) == b"data" * 1000
    assert manager.reencryptions("orders")[0].is_open
