"""Opens archives, compressed files and SQLite databases, and gives their parts one by one."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import sqlite3
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

_SQLITE = b"SQLite format 3\0"
_HEAD = 512
_MOST = 1 << 30
"""Bytes of an SQLite database within an archive: it is looked through in memory."""
_FAULTS = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile,
           sqlite3.Error, RuntimeError, NotImplementedError, ValueError)  # fmt: skip


class Unreadable(Exception):  # noqa: N818
    """A container that cannot be searched; the message says why."""


def parts_of(stream: BinaryIO) -> Iterator[BinaryIO] | None:
    """The parts of a container, one after the other: members of a zip or tar archive, the content
    of a gzip, bzip2 or xz file, the cells of an SQLite database. Read each before asking for the
    next. None for anything else, with the stream at its beginning. Raises `Unreadable` for a known
    format that is not supported; the iterator raises it for damaged or encrypted content."""
    head = stream.read(_HEAD)
    stream.seek(0)
    for begins, what in _UNKNOWN.items():
        if head.startswith(begins):
            raise Unreadable(f"it is {what}, which is not read here")
    for begins, opened in _KNOWN.items():
        if head.startswith(begins):
            return _guarded(opened, stream)
    if head[257:262] == b"ustar":
        return _guarded(_tar, stream)
    return None


def _guarded(
    opened: Callable[[BinaryIO], Iterator[BinaryIO]], stream: BinaryIO
) -> Iterator[BinaryIO]:
    parts = opened(stream)
    while True:
        try:
            part = next(parts)
        except StopIteration:
            return
        except _FAULTS as error:
            raise Unreadable(str(error) or type(error).__name__) from None
        yield cast("BinaryIO", _Whole(part))


class _Whole(io.BufferedIOBase):
    """One part, copied into memory or (over 16 MiB) into an unnamed temporary file, so that it can
    be read twice from its beginning. The constructor raises `Unreadable` when the part is
    damaged."""

    def __init__(self, part: BinaryIO) -> None:
        super().__init__()
        self._file = tempfile.SpooledTemporaryFile(1 << 24)  # noqa: SIM115
        try:
            while block := part.read(1 << 20):
                self._file.write(block)
        except _FAULTS as error:
            raise Unreadable(str(error) or type(error).__name__) from None
        self._file.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def _compressed(opened: Callable[[BinaryIO], object]) -> Callable[[BinaryIO], Iterator[BinaryIO]]:
    def parts(stream: BinaryIO) -> Iterator[BinaryIO]:
        yield cast("BinaryIO", opened(stream))

    return parts


def _zip(stream: BinaryIO) -> Iterator[BinaryIO]:
    with zipfile.ZipFile(stream) as archive:
        for each in archive.infolist():
            if each.flag_bits & 1:
                raise ValueError(f"{each.filename} in it is encrypted")
            with archive.open(each) as member:
                yield cast("BinaryIO", member)


def _tar(stream: BinaryIO) -> Iterator[BinaryIO]:
    with tarfile.open(fileobj=stream, mode="r:") as archive:
        for each in archive:
            if each.isreg():
                member = archive.extractfile(each)
                assert member is not None
                yield cast("BinaryIO", member)


def _sqlite(stream: BinaryIO) -> Iterator[BinaryIO]:
    with contextlib.closing(_opened(stream)) as connection:
        connection.text_factory = bytes
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for (name,) in names.fetchall():
            quoted = name.decode("utf-8", "surrogateescape").replace('"', '""')
            try:
                rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608
            except sqlite3.OperationalError as error:
                if "no such module" in str(error):
                    continue  # a virtual table; its own tables hold what it has
                raise
            for row in rows:
                for cell in row:
                    if isinstance(cell, bytes) and len(cell) > 8:
                        yield io.BytesIO(cell)


def _opened(stream: BinaryIO) -> sqlite3.Connection:
    """A connection to the database: a file on the disk is opened read-only in place, together with
    its write-ahead log; a database within an archive (1 GiB at most, else ValueError) in memory."""
    name = getattr(stream, "name", None)
    if isinstance(name, str):
        from pathlib import Path

        uri = Path(name).absolute().as_uri()
        return sqlite3.connect(f"{uri}?mode=ro", uri=True)
    data = stream.read(_MOST + 1)
    if len(data) > _MOST:
        raise ValueError("a database within an archive has 1 GiB at most")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data)
    return connection


_KNOWN: dict[bytes, Callable[[BinaryIO], Iterator[BinaryIO]]] = {
    b"\x1f\x8b": _compressed(lambda stream: gzip.GzipFile(fileobj=stream)),
    b"BZh": _compressed(bz2.BZ2File),
    b"\xfd7zXZ\0": _compressed(lzma.LZMAFile),
    b"PK\x03\x04": _zip,
    _SQLITE: _sqlite,
}
_UNKNOWN = {
    b"\x28\xb5\x2f\xfd": "compressed by Zstandard",
    b"\x04\x22\x4d\x18": "compressed by LZ4",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"PGDMP": "a dump of pg_dump's custom format (dump it as plain text)",
}
