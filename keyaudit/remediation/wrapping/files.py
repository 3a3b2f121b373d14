"""Writes files completely or not at all, readable by their owner only.

Where the system allows it (Linux), a file has no name until it is complete: a process that is
killed leaves nothing of it on the disk, in particular no plaintext.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_DESCRIPTORS = Path("/proc/self/fd")


def write_new(file: Path, data: bytes) -> None:
    """Write a file that does not exist yet (mode 600), and flush it and its name to the disk.
    Raises FileExistsError when it exists, OSError."""
    with _beside(file) as (name, stream):
        stream.write(data)
        _finish(stream)
        link_new(name(), file)
    sync_folder(file.parent)


def link_new(temporary: Path, file: Path) -> None:
    """Give a complete file its final name. Raises FileExistsError when that exists, OSError."""
    with naming(file):
        os.link(temporary, file)  # unlike a rename, fails when the name is taken


@contextlib.contextmanager
def naming(file: Path) -> Iterator[None]:
    """Context manager that makes an OSError name `file` instead of the temporary file beside it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None


def write_over(file: Path, data: bytes) -> None:
    """Replace a file in one step: at any moment there is the complete old or new one. Raises
    OSError."""
    with replacing(file) as stream:
        stream.write(data)


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """Context manager that gives a stream to a new file (mode 600). At the end of the block it
    replaces `file`; when the block raises, it is removed. Raises OSError."""
    with _beside(file) as (name, stream):
        yield stream
        _finish(stream)
        with naming(file):
            name().replace(file)
    sync_folder(file.parent)


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[tuple[Callable[[], Path], BinaryIO]]:
    """Context manager that gives a function and a stream to a new file (mode 600) in the same
    folder. The function gives the complete file a temporary name, which is removed at the end of
    the block."""
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = _unnamed(file.parent)
    has_name = handle is None
    if handle is None:
        with naming(file):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def name() -> Path:
        if not has_name:
            with naming(file):
                number = stream.fileno()
                # Given a descriptor, Python calls linkat(2), which follows /proc's link.
                os.link(f"{_DESCRIPTORS}/{number}", temporary, src_dir_fd=number)
        return temporary

    try:
        with os.fdopen(handle, "wb") as stream:
            yield name, stream
    finally:
        temporary.unlink(missing_ok=True)


def _unnamed(folder: Path) -> int | None:
    """A descriptor of a new file without a name; None where the system or file system does not
    support that."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not _DESCRIPTORS.exists():
        return None
    try:
        return os.open(folder, flag | os.O_WRONLY, 0o600)
    except OSError:
        return None


def _finish(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk; does nothing on a platform that cannot."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
