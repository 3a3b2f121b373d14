"""Unpacks archives, compressed files, SQLite databases and PDF files to the files within them.

Members are named `a.zip!/b.env`, members of inner archives `a.tar!/b.zip!/c.env`. All is done in
memory and within limits: no file is written, no program is run.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from keyaudit.core.containers import is_container
from keyaudit.core.patterns import regex

DEEPEST = 3
_LONGEST_NAME = 500
_PART = 1 << 16
_STREAM = regex(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = regex(rb"\(((?:[^()\\]|\\.)*)\)|(T[dDm*]|ET|'|\")", re.DOTALL)


class Member(NamedTuple):
    """One member with its content, or in `unread` the reason why it was not read ("" if it was)."""

    path: str
    data: bytes
    unread: str = ""


@dataclass(slots=True)
class Bounds:
    """Limits on unpacking: bytes in all and of each member, and the number of members."""

    total: int = 200_000_000
    each: int = 10_000_000
    members: int = 20_000


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _LimitError(Exception):
    """A bound was reached."""


def members(path: str, data: bytes, bounds: Bounds, depth: int = 1) -> Iterator[Member]:
    """The members of a container, with those of inner containers down to `DEEPEST` levels.

    `bounds` is reduced by what was unpacked. Damaged containers and exceeded limits give a member
    with a reason; nothing is raised.
    """
    try:
        for member in _opened(path, data, bounds):
            if member.unread or not is_container(member.data):
                yield member
            elif depth >= DEEPEST:
                yield Member(member.path, b"", f"is an archive in {DEEPEST} others")
            else:
                yield from members(member.path, member.data, bounds, depth + 1)
    except _LimitError as error:
        yield Member(path, b"", f"holds more than is unpacked ({error})")
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.TarError,
            zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:  # fmt: skip
        yield Member(
            path, b"", f"is damaged or in a form that is not read ({type(error).__name__})"
        )


def _opened(path: str, data: bytes, bounds: Bounds) -> Iterator[Member]:
    if data.startswith(b"PK\x03\x04"):
        yield from _of_zip(path, data, bounds)
    elif data.startswith(b"SQLite format 3\0"):
        yield from _of_sqlite(path, data, bounds)
    elif data.startswith(b"%PDF-"):
        yield Member(f"{path}!/text", _of_pdf(data, bounds))
    elif (unpack := _compressed(data)) is not None:
        yield from _of_compressed(path, unpack(io.BytesIO(data)), bounds)
    else:
        yield from _of_tar(path, data, bounds)


def _compressed(data: bytes) -> Callable[[io.BytesIO], _Stream] | None:
    if data.startswith(b"\x1f\x8b\x08"):
        return lambda stream: gzip.GzipFile(fileobj=stream)
    if data.startswith(b"BZh"):
        return lambda stream: bz2.BZ2File(stream)
    if data.startswith(b"\xfd7zXZ\0"):
        return lambda stream: lzma.LZMAFile(stream)
    return None


def _of_compressed(path: str, stream: _Stream, bounds: Bounds) -> Iterator[Member]:
    inner = path.rpartition("/")[2]
    for ending in (".gz", ".bz2", ".xz", ".tgz"):
        inner = inner.removesuffix(ending)
    data = _read(stream, bounds, bounds.total)
    yield Member(f"{path}!/{inner[:_LONGEST_NAME]}", data)


def _of_zip(path: str, data: bytes, bounds: Bounds) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            name = _named(path, info.filename)
            if info.flag_bits & 1:
                yield Member(name, b"", "is encrypted")
                continue
            if info.file_size > bounds.each:
                yield Member(name, b"", f"has {info.file_size:,} bytes")
                continue
            with archive.open(info) as stream:
                yield Member(name, _read(stream, bounds, bounds.each))


def _of_tar(path: str, data: bytes, bounds: Bounds) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for info in archive:
            if not info.isreg():
                continue
            name = _named(path, info.name)
            stream = archive.extractfile(info)
            if stream is None:
                continue
            start = stream.read(512)
            stream.seek(0)
            # A layer of an image is an archive itself.
            most = bounds.total if is_container(start) else bounds.each
            if info.size > most:
                yield Member(name, b"", f"has {info.size:,} bytes")
            else:
                yield Member(name, _read(stream, bounds, most))


def _read(stream: _Stream, bounds: Bounds, most: int) -> bytes:
    """All of a stream, of which the bounds are told. Raises _LimitError."""
    bounds.members -= 1
    if bounds.members < 0:
        raise _LimitError("too many members")
    parts = []
    size = 0
    while part := stream.read(_PART):
        size += len(part)
        if size > min(most, bounds.total):
            raise _LimitError(f"over {min(most, bounds.total):,} bytes")
        parts.append(part)
    bounds.total -= size
    return b"".join(parts)


def _named(path: str, name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in name[:_LONGEST_NAME])
    return f"{path}!/{plain.replace(chr(92), '/').lstrip('/')}"


def _of_sqlite(path: str, data: bytes, bounds: Bounds) -> Iterator[Member]:
    """Each table as lines of `column = value`. Views, triggers and modules are not run."""
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        steps = iter(range(2_000))
        connection.set_progress_handler(lambda: next(steps, None) is None, 100_000)
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        ).fetchall()
        for (table,) in found:
            quoted = '"' + str(table).replace('"', '""') + '"'
            rows = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608  a table's own name
            names = [column[0] for column in rows.description]
            lines: list[str] = []
            size = 0
            for row in rows:
                for name, value in zip(names, row, strict=True):
                    if isinstance(value, bytes):
                        value = value.decode("utf-8", "replace")
                    if isinstance(value, str) and value:
                        lines.append(f"{name} = {value}")
                        size += len(value)
                if size > bounds.each:
                    yield Member(_named(path, str(table)), b"", f"has over {bounds.each:,} bytes")
                    break
            yield Member(_named(path, str(table)), "\n".join(lines).encode())
    except sqlite3.Error as error:
        raise ValueError(str(error)) from None
    finally:
        connection.close()


def _of_pdf(data: bytes, bounds: Bounds) -> bytes:
    """The text that a PDF shows (ISO 32000-1, 9.4.3), in fonts whose codes are those of letters."""
    lines: list[bytes] = []
    for stream in _STREAM.finditer(data):
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(stream[1], bounds.each)
        except zlib.error:
            content = stream[1]
        bounds.total -= len(content)
        if bounds.total < 0:
            raise _LimitError("too many bytes")
        line: list[bytes] = []
        for shown in _SHOWN.finditer(content):
            if shown[2] is None:
                line.append(re.sub(rb"\\(.)", rb"\1", shown[1]))
            elif line:
                lines.append(b"".join(line))
                line = []
        lines.append(b"".join(line))
    return b"\n".join(filter(None, lines))
