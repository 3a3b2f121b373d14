"""Files written whole or not at all, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def write_new(file: Path, data: bytes) -> None:
    """Write a file that does not exist yet (mode 600), and see it and its name to the disk.
    FileExistsError when it does."""
    with _beside(file) as (temporary, stream):
        stream.write(data)
        _finish(stream)
        link_new(temporary, file)
    sync_folder(file.parent)


def link_new(temporary: Path, file: Path) -> None:
    """Give a finished file its name; FileExistsError when that is taken."""
    with naming(file):
        os.link(temporary, file)  # unlike a rename, fails when the name is taken


@contextlib.contextmanager
def naming(file: Path) -> Iterator[None]:
    """Have an OSError name the file that is meant, and not the temporary one beside it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None


def write_over(file: Path, data: bytes) -> None:
    """Replace a file in one step: at any moment there is the old one or the new one."""
    with replacing(file) as stream:
        stream.write(data)


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """A stream (mode 600) that takes `file`'s place when `with` ends well, and vanishes else."""
    with _beside(file) as (temporary, stream):
        yield stream
        _finish(stream)
        with naming(file):
            temporary.replace(file)
    sync_folder(file.parent)


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[tuple[Path, BinaryIO]]:
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with naming(file):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield temporary, stream
    finally:
        temporary.unlink(missing_ok=True)


def _finish(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """See a folder's entries to the disk; a platform that cannot is left to itself."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
