"""Erases a file as far as the operating system can, and reports where copies may remain."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from keyaudit.remediation.wrapping.files import sync_folder

_BLOCK = 1 << 20
_COPY_ON_WRITE = {"btrfs", "zfs", "bcachefs", "apfs", "overlay", "nilfs2", "f2fs"}


@dataclass(frozen=True, slots=True)
class Erasure:
    """What `erase_file` did, and which copies it cannot reach.

    `path`: the file's path. `size`: the bytes overwritten. `file_system`: its type as the Linux
    kernel names it (`ext4`), empty when unknown. `remains`: descriptions of where copies of the
    content may still be.
    """

    path: str
    size: int
    file_system: str
    remains: tuple[str, ...]


def erase_file(file: str | os.PathLike[str]) -> Erasure:
    """Overwrite a file in place with random bytes, flush it to the disk, and remove it. Returns
    what was done and where copies may remain.

    One pass is made: it is enough for magnetic disks (NIST SP 800-88 Rev. 1, 2.4), and more passes
    do not help on other media. Solid-state disks and copy-on-write file systems write to new blocks
    and keep the old ones for a time; journals, snapshots and backups may hold copies too.
    `Erasure.remains` lists what applies. Where this matters, write only ciphertext to the disk and
    destroy its key: cryptographic erase (SP 800-88 Rev. 1, 2.6), which `KeyManager` does.

    Raises ValueError for a symbolic link, for a file that has other names (hard links) and for
    anything that is not a regular file; OSError when the file cannot be opened, written or removed.
    """
    path = Path(file)
    _refuse_specials(path)
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{path} is no regular file")
        if status.st_nlink > 1:
            raise ValueError(f"{path} has {status.st_nlink - 1} other names (hard links)")
        left = status.st_size
        while left > 0:
            left -= os.write(handle, secrets.token_bytes(min(left, _BLOCK)))
        os.fsync(handle)
    finally:
        os.close(handle)
    kind = _file_system(path)
    # The name may tell something too (a customer, a key id).
    nameless = path.with_name(secrets.token_hex(max(4, len(path.name) // 2)))
    path.rename(nameless)
    nameless.unlink()
    sync_folder(path.parent)
    return Erasure(os.fspath(path), status.st_size, kind, _remains(kind))


def _refuse_specials(path: Path) -> None:
    """Raise ValueError for a symbolic link, and for what is no regular file (opening a FIFO would
    block)."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise ValueError(f"{path} is a symbolic link; name the file it leads to")
    if not stat.S_ISREG(mode):
        raise ValueError(f"{path} is no regular file")


def _file_system(path: Path) -> str:
    """The type of the file system that `path` is on, from /proc/self/mountinfo; empty when
    unknown."""
    if sys.platform != "linux":
        return ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    device = path.parent.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts:
        fields, _, rest = line.partition(" - ")
        if fields.split()[2] == wanted and rest:
            return rest.split()[0]
    return ""


def _remains(kind: str) -> tuple[str, ...]:
    if kind in {"tmpfs", "ramfs"}:
        return ("swap space, if the file was swapped out (tmpfs)",)
    remains = [
        "blocks that a solid-state disk has set aside",
        "backups and snapshots made before",
    ]
    if kind in _COPY_ON_WRITE:
        remains.insert(0, f"the old blocks: {kind} writes anew instead of overwriting")
    elif not kind:
        remains.insert(0, "the old blocks, if the file system is copy-on-write (it is not known)")
    else:
        remains.insert(0, f"the journal of {kind}, if it holds file content and not only metadata")
    return tuple(remains)
