"""The native engine: compiles all expressions into one hyperscan database, and scans in one
pass."""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hyperscan

from keyaudit.triage.lines import line_numbers


class NativeEngine:
    """Scans with hyperscan. Raises ValueError where it does not support an expression.

    The compiled database is stored in `cache_folder`, if one is given, since loading it is much
    faster than compiling. A damaged file there, or one of another version, is replaced.
    """

    def __init__(self, expressions: Sequence[bytes], cache_folder: Path | None = None) -> None:
        file = cache_folder / _file_name(expressions) if cache_folder else None
        database = _load(file) if file else None
        if database is None:
            database = _compile(expressions)
            if file:
                _store(file, database)
        self._database = database

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The indices of the expressions that match, each with the sorted line numbers (from 1)."""
        # Most documents match few of some hundred expressions.
        ends: dict[int, set[int]] = {}

        def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            # A match never holds a newline, so its end minus one is on its line.
            if number in ends:
                ends[number].add(end - 1)
            else:
                ends[number] = {end - 1}

        self._database.scan(data, on_match)
        return {number: line_numbers(data, ends[number]) for number in sorted(ends)}


def _compile(expressions: Sequence[bytes]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=list(expressions),
            ids=list(range(len(expressions))),
            flags=hyperscan.HS_FLAG_MULTILINE,
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"hyperscan does not take one of the patterns: {error}") from error
    return database


def _file_name(expressions: Sequence[bytes]) -> str:
    # A database fits one version of the library and one processor's instruction set.
    digest = hashlib.sha256()
    for part in (getattr(hyperscan, "__version__", ""), platform.machine(), _processor_features()):
        digest.update(part.encode() + b"\0")
    for expression in expressions:
        digest.update(expression + b"\0")
    return f"triage-{digest.hexdigest()[:32]}.hs"


def _processor_features() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            return next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return platform.processor()


def _load(file: Path) -> Any | None:
    try:
        stored = file.read_bytes()
    except OSError:
        return None
    digest, database = stored[:32], stored[32:]
    if hashlib.sha256(database).digest() != digest:
        return None
    try:
        loaded = hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK)
        loaded.scratch = hyperscan.Scratch(loaded)
    except hyperscan.HyperscanError:
        return None
    return loaded


def _store(file: Path, database: Any) -> None:
    """Write the database to a temporary file and rename it, so that no process reads half a
    file."""
    serialized = hyperscan.dumpb(database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    except OSError:
        return  # A cache that cannot be written costs time, not findings.
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(serialized).digest() + serialized)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
