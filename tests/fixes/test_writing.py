"""Files are the old ones or the new ones, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from pathlib import Path

import pytest

from keyaudit.fixes.writing import WriteError, write

OLD, NEW = b"old\n" * 20_000, b"new\n" * 30_000


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(OLD)
    chance = random.Random(7)
    seen = set()
    for _ in range(200):
        started, begun = os.pipe()
        child = os.fork()
        if child == 0:
            current = file.read_bytes()
            while True:
                following = NEW if current == OLD else OLD
                write(file, current, following)
                current = following
                os.write(begun, b".")
        os.read(started, 1)  # on a busy machine it may take a while to begin
        os.close(started)
        os.close(begun)
        time.sleep(chance.random() / 200)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        content = file.read_bytes()
        assert content in (OLD, NEW)
        seen.add(content)
    assert seen == {OLD, NEW}


def test_mode_and_content_are_kept_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(OLD)
    file.chmod(0o600)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="no space left"):
        write(file, OLD, NEW)
    assert file.read_bytes() == OLD
    assert [one.name for one in tmp_path.iterdir()] == ["app.py"]


def test_what_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"somebody else's\n")
    with pytest.raises(WriteError, match="has changed meanwhile"):
        write(file, OLD, NEW)
    assert file.read_bytes() == b"somebody else's\n"
    file.unlink()
    with pytest.raises(WriteError, match="was removed meanwhile"):
        write(file, OLD, NEW)
    assert not file.exists()


def test_a_new_file_is_made_only_where_there_is_none(tmp_path: Path) -> None:
    write(tmp_path / ".env.example", None, b"KEY=\n")
    assert (tmp_path / ".env.example").read_bytes() == b"KEY=\n"
    with pytest.raises(WriteError, match="has changed meanwhile"):
        write(tmp_path / ".env.example", None, b"OTHER=\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(OLD)
    file.chmod(0o444)
    with pytest.raises(WriteError, match="may not be written"):
        write(file, OLD, NEW)
    assert file.read_bytes() == OLD


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(OLD)

    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(WriteError, match="permission denied"):
        write(file, OLD, NEW)
