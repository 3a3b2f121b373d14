"""Erasing files, and the honest word on what remains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keyaudit.remediation import erase_file
from keyaudit.remediation.destruction import erase_file as module


def test_the_content_is_overwritten_before_the_name_goes(tmp_path: Path) -> None:
    file = tmp_path / "old.key"
    content = os.urandom(3_000_000)
    file.write_bytes(content)
    with file.open("rb") as reader:  # keeps the blocks reachable after the name is gone
        erasure = erase_file(file)
        left = reader.read()
    assert len(left) == len(content) == erasure.size
    assert all(
        left[start : start + 1000] != content[start : start + 1000]
        for start in range(0, len(left), 1000)
    )
    assert list(tmp_path.iterdir()) == []
    assert erasure.path == str(file)
    assert erasure.remains


def test_an_empty_file_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.touch()
    assert erase_file(file).size == 0
    assert not file.exists()


def test_what_would_leave_or_hit_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"secret")
    (tmp_path / "symbolic").symlink_to(file)
    with pytest.raises(ValueError, match="symbolic link"):
        erase_file(tmp_path / "symbolic")
    (tmp_path / "hard").hardlink_to(file)
    with pytest.raises(ValueError, match="1 other names"):
        erase_file(file)
    os.mkfifo(tmp_path / "fifo")
    for special in (tmp_path / "fifo", tmp_path):
        with pytest.raises(ValueError, match="no regular file"):
            erase_file(special)
    with pytest.raises(FileNotFoundError):
        erase_file(tmp_path / "none")
    assert file.read_bytes() == b"secret"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("btrfs", "btrfs writes anew instead of overwriting"),
        ("ext4", "the journal of ext4"),
        ("tmpfs", "swap space"),
        ("", "it is not known"),
    ],
)
def test_what_remains_is_said_by_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    monkeypatch.setattr(module, "_file_system", lambda path: kind)
    file = tmp_path / "key"
    file.touch()
    assert any(words in line for line in erase_file(file).remains)
