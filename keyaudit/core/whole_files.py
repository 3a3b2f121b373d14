"""Writes a file atomically."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from keyaudit.core.errors import KeyauditError


def write(text: str, file: Path) -> None:
    """Write the text as UTF-8 to a temporary file in the same folder, then rename it to `file`.

    A symbolic link is followed and its target replaced. Raises KeyauditError where the folder is
    missing, `file` is no regular file, or the file system refuses.
    """
    import tempfile

    check_target(file)
    target = Path(os.path.realpath(file))
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(prefix=".keyaudit-", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _refused(file, error) from None


def check_target(file: Path) -> None:
    """Raise KeyauditError where `write` would not be able to write; called before a long scan."""
    where = str(file)
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        parent = Path(os.path.realpath(file)).parent
        if not parent.is_dir():
            raise KeyauditError(
                f"there is no folder {str(parent)!r}", where=where, hint="make it first"
            ) from None
        return
    except OSError as error:
        raise _refused(file, error) from None
    if stat.S_ISDIR(mode):
        raise KeyauditError("is a folder", where=where, hint="name a file in it")
    if not stat.S_ISREG(mode):
        raise KeyauditError(
            "is a device, socket or fifo", where=where, hint="write to stdout and redirect it"
        )


def _refused(file: Path, error: OSError) -> KeyauditError:
    return KeyauditError(
        f"cannot be written ({error.strerror or type(error).__name__})",
        where=str(file),
        hint="name another file",
    )


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
