"""Finds envelopes in files and values, to show before a key is destroyed which data still needs
it."""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from keyaudit.remediation.destruction.containers import Unreadable, parts_of
from keyaudit.remediation.errors import EnvelopeFormatError
from keyaudit.remediation.wrapping import envelope_format, markers

if TYPE_CHECKING:
    from typing_extensions import Buffer

    Place = Buffer | str | os.PathLike[str]
    """A value, or the path of a file (or of a folder, with all below it)."""

_BLOCK = 1 << 22
_HEADER = 72 + 2 * (2 + 0xFFFF)
_OVERLAP = 3 * _HEADER
"""More than the longest header takes in hex, with a separator after every 60 characters."""
_DEPTH = 6
_MAGIC = envelope_format.MAGIC + bytes((envelope_format.VERSION, envelope_format.ALGORITHM))
_MAGICS = (_MAGIC, markers.LOOKUP, markers.SEALED)
_LOOKUP, _SEALED = "lookup value ", "sealed message "
# What may stand within a value in text: line ends (of JSON too), a slash's backslash, and the
# zero bytes of UTF-16.
_BETWEEN = rb"(?:[\r\n\t \x00]|\\+[rn])*"


class NoEnvelopes:
    """An empty iterable to give as `envelopes`. It states explicitly that you know of no data under
    the key version, in files, databases or backups; any other empty iterable is refused."""

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def __repr__(self) -> str:
        return "NoEnvelopes()"


@dataclass(slots=True)
class EnvelopeScan:
    """The result of `find_envelopes`.

    `places`: the number of files and values searched. `rows`: the number of parts of containers
    searched (cells of SQLite databases, members of archives, contents of compressed files).
    `envelopes`: the number of envelopes, values of a `LookupCipher` and sealed messages found;
    `under`: how many of them are under the key asked for. `other`: non-empty places that hold
    none. `unread`: places that could not be
    searched completely, each with the reason.
    """

    places: int = 0
    rows: int = 0
    envelopes: int = 0
    under: int = 0
    other: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def told(self) -> str:
        """The counts as one line of text."""
        return (
            f"{self.places} files or values and {self.rows} rows in them looked at, "
            f"{self.envelopes} envelopes found, {self.under} under this version, "
            f"{len(self.other)} places without an envelope, {len(self.unread)} not readable"
        )


def find_envelopes(
    envelopes: Iterable[Place], key_id: str, *, fingerprint: bytes | None = None
) -> EnvelopeScan:
    """Search every item of `envelopes` for envelopes whose data key is wrapped under the key
    `key_id`, for values that a `LookupCipher` encrypted under a key version with that id, and for
    messages that `seal_to` sealed to the public key with that `fingerprint` (16 bytes).

    An item is a value (a buffer), or the path of a file or folder (str or path-like); a folder is
    searched with everything below it, without following links. Envelopes are found at any offset:
    as raw bytes, in base64 (standard or URL-safe, also over several lines) and in hex, in UTF-8 and
    UTF-16; within gzip, bzip2, xz, zip and tar, and in every cell of SQLite databases, up to six
    levels deep. What is encrypted, compressed in another way or damaged is listed in `unread`.
    Raises OSError for a file or folder that cannot be read.
    """
    scan = EnvelopeScan()
    sought = {key_id, _LOOKUP + key_id.rpartition("-")[2]}
    if fingerprint is not None:
        sought.add(_SEALED + fingerprint.hex())
    for number, place in enumerate(envelopes, 1):
        if isinstance(place, str | os.PathLike):
            for file in files_in(Path(place)):
                with file.open("rb") as stream:
                    _place(scan, str(file), stream, sought)
        else:
            _place(scan, f"value {number}", io.BytesIO(memoryview(place)), sought)
    return scan


def files_in(path: Path) -> Iterator[Path]:
    """The file itself, or every regular file below a folder, in order of their names; symbolic
    links in a folder are skipped. Raises OSError for a folder that cannot be read."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _place(scan: EnvelopeScan, name: str, stream: BinaryIO, sought: set[str]) -> None:
    scan.places += 1
    before, unread = scan.envelopes, len(scan.unread)
    empty = not stream.read(1)
    stream.seek(0)
    _look(scan, name, stream, sought, 0)
    if scan.envelopes == before and len(scan.unread) == unread and not empty:
        scan.other.append(name)


def _look(scan: EnvelopeScan, name: str, stream: BinaryIO, sought: set[str], depth: int) -> None:
    reason: Unreadable | None = None
    try:
        parts = parts_of(stream)
        if parts is not None and depth == _DEPTH:
            raise Unreadable("it is nested too deep")
        for part in parts or ():
            scan.rows += 1
            _look(scan, name, part, sought, depth + 1)
    except Unreadable as error:
        reason, parts = error, None
        stream.seek(0)  # it may only begin like an archive
    if parts is None:
        try:
            _count(scan, stream, sought)
        except Unreadable as error:
            reason = reason or error
    if reason is not None:
        scan.unread.append(f"{name}: {reason}")


def _count(scan: EnvelopeScan, stream: BinaryIO, sought: set[str]) -> None:
    for found in _key_ids(stream):
        scan.envelopes += 1
        scan.under += found in sought


def _key_ids(stream: BinaryIO) -> Iterator[str]:
    """The key of every envelope, value and message in data that is no container: an id, a token or
    a fingerprint. After the last one, raises `Unreadable` if there were bytes that begin like an
    envelope and are none, or envelopes in escaped text."""
    buffer, is_last = b"", False
    reason: Unreadable | None = None
    while not is_last:
        block = stream.read(_BLOCK)
        is_last = not block
        buffer += block
        # Whatever begins in the overlap is looked at with the next block.
        end = len(buffer) if is_last else max(0, len(buffer) - _OVERLAP)
        for kind in _KINDS:
            for match in kind.pattern.finditer(buffer):
                if match.start() < end:
                    try:
                        found = _key_id(
                            kind.decoded(buffer[match.start() : match.start() + _OVERLAP])
                        )
                    except Unreadable as error:
                        reason = reason or error
                    else:
                        yield found
        if _ESCAPED.search(buffer, 0, end):
            reason = reason or Unreadable("it holds envelopes in escaped text")
        buffer = buffer[end:]
    if reason is not None:
        raise reason


def _key_id(data: bytes) -> str:
    for magic, kind, size in (
        (markers.LOOKUP, _LOOKUP, markers.LOOKUP_TOKEN_BYTES),
        (markers.SEALED, _SEALED, markers.SEALED_FINGERPRINT_BYTES),
    ):
        if data.startswith(magic):
            name = data[len(magic) : len(magic) + size]
            if len(name) < size:
                raise Unreadable(f"it holds a damaged {kind.strip()}")
            return kind + name.hex()
    try:
        return envelope_format.parse(memoryview(data))[0].key_id
    except EnvelopeFormatError as error:
        raise Unreadable(f"it holds a damaged envelope ({error})") from None


class _Raw:
    pattern = re.compile(
        b"|".join(
            re.escape(magic) + (rb"[\x01\x02]" if magic == _MAGIC else b"") for magic in _MAGICS
        )
    )

    @staticmethod
    def decoded(data: bytes) -> bytes:
        return data


class _Hex:
    pattern = re.compile(
        b"|".join(
            _BETWEEN.join(b"%c" % digit for digit in magic.hex().encode()) for magic in _MAGICS
        ),
        re.IGNORECASE,
    )

    @staticmethod
    def decoded(data: bytes) -> bytes:
        run = _run(data, rb"[0-9A-Fa-f]")
        return binascii.unhexlify(run[: len(run) // 2 * 2])


class _Base64:
    """Finds an envelope in base64 where `phase` (0 to 2) other bytes precede it in its group of
    three."""

    def __init__(self, phase: int) -> None:
        self._phase = phase
        self._cut = (0, 2, 3)[phase]  # characters of the first group that other bytes are part of
        sure = (
            base64.b64encode(bytes(phase) + magic)[self._cut : (8 * (phase + len(magic))) // 6]
            for magic in _MAGICS
        )
        self.pattern = re.compile(
            b"|".join(_BETWEEN.join(re.escape(b"%c" % each) for each in text) for text in sure)
        )

    def decoded(self, data: bytes) -> bytes:
        run = b"A" * self._cut + _run(data, rb"[0-9A-Za-z+/_-]").translate(_FROM_URL)
        data = base64.b64decode(run[: len(run) // 4 * 4])
        return _MAGIC[:1] + data[self._phase + 1 :]  # of the first byte, not all bits are here


_FROM_URL = bytes.maketrans(b"-_", b"+/")
_KINDS: tuple[_Raw | _Hex | _Base64, ...] = (_Raw(), _Hex(), *map(_Base64, range(3)))
_ESCAPED = re.compile(rb"KA(?:EV|ES|SL)\\+(?:x01|0?01|u0001)")


def _run(data: bytes, alphabet: bytes) -> bytes:
    """The characters of the encoded value that `data` begins with, without the line ends and blanks
    between them. As in JSON, a backslash may precede a slash."""
    match = re.match(rb"(?:\\*" + alphabet + _BETWEEN + rb")*", data)
    assert match is not None
    return re.sub(rb"\\+[rn]|[^0-9A-Za-z+/_-]", b"", match[0])


def _raise(error: OSError) -> None:
    raise error
