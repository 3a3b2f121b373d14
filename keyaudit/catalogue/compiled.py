"""The checked catalogue, kept in the cache folder so that the next run need not check it again.

A file a catalogue, named by the digest of what it was made from: a checksum, then JSON. It holds
rules and models, nothing of what was scanned. Whatever is wrong with it, it is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

_PREFIX = "catalogue-"
_KEEP = 6


def read(folder: Path, digest: str) -> dict[str, Any] | None:
    """The catalogue under a digest, or None when it is not there or damaged."""
    try:
        data = (folder / f"{_PREFIX}{digest}.json").read_bytes()
    except OSError:
        return None
    checksum, _, body = data.partition(b"\n")
    if checksum != _checksum(body):
        return None
    try:
        found: dict[str, Any] = json.loads(body)
    except ValueError:
        return None
    return found


def write(folder: Path, digest: str, plain: dict[str, Any]) -> None:
    """Keep a catalogue. A folder that cannot be written to costs time, so nothing is raised."""
    body = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    temporary = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=_PREFIX, suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            file.write(_checksum(body) + b"\n" + body)
        Path(temporary).replace(folder / f"{_PREFIX}{digest}.json")
        _drop_old(folder)
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _drop_old(folder: Path) -> None:
    kept = sorted(folder.glob(f"{_PREFIX}*.json"), key=lambda f: f.stat().st_mtime, reverse=True)
    for file in kept[_KEEP:]:
        file.unlink(missing_ok=True)
