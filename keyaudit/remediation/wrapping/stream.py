"""Streams of authenticated chunks: none can be changed, dropped, added, repeated or reordered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from keyaudit.remediation.errors import DecryptionError
from keyaudit.remediation.wrapping.aead import REFUSED, TAG_BYTES
from keyaudit.remediation.wrapping.envelope_format import check_blocking, read_fully
from keyaudit.remediation.wrapping.message import MessageKey

MAX_CHUNKS = 2**32
CHUNK_LOG2 = 18
"""Chunks of 256 KiB: large enough that the work per chunk does not show."""


def encrypt(key: MessageKey, source: BinaryIO | Opened, target: BinaryIO, chunk: int) -> int:
    """Encrypt all of `source` in chunks of `chunk` bytes. Returns the number of plaintext bytes.
    Raises ValueError for more than 2^32 chunks."""
    total = number = 0
    reader = _Reader(source, chunk)
    sealed = memoryview(bytearray(chunk + TAG_BYTES))
    block = reader.next()
    while True:
        following = reader.next() if len(block) == chunk else block[:0]
        target.write(key.encrypt_into(sealed, _nonce(number, last=not following), block))
        total += len(block)
        if not following:
            return total
        block = following
        number += 1
        if number >= MAX_CHUNKS:
            raise ValueError("a stream has at most 2^32 chunks; take larger ones")


def decrypt(key: MessageKey, source: BinaryIO, target: BinaryIO, chunk: int) -> int:
    """Decrypt what `encrypt` wrote, to the end of `source`. Returns the number of plaintext bytes.

    Each chunk is authenticated before it is written, but a truncated stream is detected only at its
    end: what was written is valid only once this returns. Raises `DecryptionError` otherwise.
    """
    total = 0
    for plain in _opened(key, source, chunk):
        target.write(plain)
        total += len(plain)
    return total


class Opened:
    """A reader for the plaintext of a stream. Reading raises `DecryptionError` where the stream was
    changed, and at its end if it was truncated: what was read is valid only once the end is
    reached."""

    def __init__(self, key: MessageKey, source: BinaryIO, chunk: int) -> None:
        self._chunks = _opened(key, source, chunk)
        self._rest = memoryview(b"")

    def readinto(self, buffer: memoryview) -> int:
        """Fill the beginning of the buffer. Returns the number of bytes written; 0 only at the
        end."""
        while not self._rest:
            following = next(self._chunks, None)
            if following is None:
                return 0
            self._rest = following
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _opened(key: MessageKey, source: BinaryIO, chunk: int) -> Iterator[memoryview]:
    """The plaintext, chunk by chunk; each is valid until the next one is requested."""
    number = 0
    sealed = chunk + TAG_BYTES
    reader = _Reader(source, sealed)
    buffer = memoryview(bytearray(chunk))
    block = reader.next()
    while True:
        following = reader.next() if len(block) == sealed else block[:0]
        if len(block) < TAG_BYTES or number >= MAX_CHUNKS:
            raise DecryptionError(REFUSED)
        yield key.decrypt_into(buffer, _nonce(number, last=not following), block)
        if not following:
            return
        block = following
        number += 1


_ReadInto = Callable[[memoryview], int | None]


class _Reader:
    """Reads a stream in blocks of `size` bytes into two buffers in turn: a block is valid until the
    one after the next is read. New memory for each would cost several times as much as its
    encryption."""

    def __init__(self, source: BinaryIO | Opened, size: int) -> None:
        self._source = source
        self._buffers = [memoryview(bytearray(size)) for _ in range(2)]
        # What `open` and `io` give has `readinto`; what only looks like a file may not.
        self._readinto: _ReadInto | None = getattr(source, "readinto", None)

    def next(self) -> memoryview:
        """The next block. It is shorter than the size only at the stream's end, and then empty."""
        self._buffers.reverse()
        buffer = self._buffers[0]
        if self._readinto is None:
            assert not isinstance(self._source, Opened)
            data = read_fully(self._source, len(buffer))
            buffer[: len(data)] = data
            return buffer[: len(data)]
        filled = 0
        while filled < len(buffer):
            count = self._readinto(buffer[filled:])
            check_blocking(count)
            if not count:
                break
            filled += count
        return buffer[:filled]


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes((last,))
