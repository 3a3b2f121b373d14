"""Writes changed files atomically."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


class WriteError(Exception):
    """A file could not be written and is unchanged; `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def write(path: Path, old: bytes | None, new: bytes) -> None:
    """Replace the bytes `old` of a file by `new`; `old` is None where the file must not exist yet.

    A temporary file in the same folder is written and renamed, so that a crash leaves either the
    old or the new content. A symbolic link is followed; mode and owner are kept. Raises WriteError
    where the content is no longer `old`, the file has other hard links, or it cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        status = target.stat()
        current: bytes | None = target.read_bytes()
    except FileNotFoundError:
        status, current = None, None
    except OSError as error:
        raise WriteError(_reason(error)) from None
    if current != old:
        raise WriteError("was removed meanwhile" if current is None else "has changed meanwhile")
    if status is not None and not os.access(target, os.W_OK):
        raise WriteError("may not be written")
    try:
        _replace(target, new, status)
    except OSError as error:
        raise WriteError(_reason(error)) from None


def _replace(target: Path, new: bytes, status: os.stat_result | None) -> None:
    if status is not None and status.st_nlink > 1:
        raise WriteError("has other names (hard links), which would go on naming the old file")
    handle, name = tempfile.mkstemp(prefix=".keyaudit-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            if status is not None:
                _keep(file.fileno(), status)
            else:
                umask = os.umask(0)
                os.umask(umask)
                os.fchmod(file.fileno(), 0o666 & ~umask)
            os.fsync(file.fileno())
        os.replace(name, target)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    _sync_folder(target.parent)


def _keep(handle: int, status: os.stat_result) -> None:
    """Set the mode and owner of the old file. The owner goes first, since changing it clears mode
    bits."""
    own = os.fstat(handle)
    if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(handle, status.st_uid, status.st_gid)
    os.fchmod(handle, stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError) -> str:
    return (error.strerror or "cannot be replaced").lower()
