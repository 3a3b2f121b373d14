"""Keeps the checked catalogue in the cache folder, so that the next run need not check it again.

There is one file for each catalogue, named by the digest of its source files: a checksum, then
plain data in Python's `marshal` format, which loads several times faster than JSON. It holds rules
and models, and nothing of what was scanned. A missing or damaged file is made anew.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from pathlib import Path
from typing import Any

_PREFIX = "catalogue-"
_SUFFIX = ".bin"
_KEEP = 6
# `marshal` differs between versions of Python, so the digest is not all of the name.
_PYTHON = f"{sys.implementation.cache_tag}-{sys.hexversion:x}"


def read(folder: Path, digest: str) -> dict[str, Any] | None:
    """The plain data kept under a digest; None if there is none, or it is damaged."""
    try:
        with open(_file(folder, digest), "rb") as file:  # noqa: PTH123 - the shortest way
            data = file.read()
    except OSError:
        return None
    checksum, _, body = data.partition(b"\n")
    if checksum != _checksum(body):
        return None
    try:
        found = marshal.loads(body)  # noqa: S302 - data this program wrote, with its checksum
    except (ValueError, EOFError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def write(folder: Path, digest: str, plain: dict[str, Any]) -> None:
    """Keeps the plain data of a catalogue. Nothing is raised if the folder cannot be written to."""
    import tempfile

    body = marshal.dumps(plain)
    temporary = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=_PREFIX, suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            file.write(_checksum(body) + b"\n" + body)
        Path(temporary).replace(_file(folder, digest))
        _drop_old(folder)
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _file(folder: Path, digest: str) -> str:
    return f"{folder}/{_PREFIX}{digest}-{_PYTHON}{_SUFFIX}"


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _drop_old(folder: Path) -> None:
    kept = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"), key=_age, reverse=True)
    for file in kept[_KEEP:]:
        file.unlink(missing_ok=True)


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
