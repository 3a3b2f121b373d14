"""The bytes of an envelope, version 1. All numbers are big-endian.

    offset  length  what
    0       4       "KAEV"
    4       1       version: 1
    5       1       algorithm: 1 = AES-256-GCM, keys by HKDF-SHA-256 with commitment
    6       1       kind: 1 = one message, 2 = a stream of chunks
    7       1       for a stream, log2 of the chunk size in bytes (12 to 26); else 0
    8       32      salt, random for every envelope
    40      32      commitment to data key, salt, first 8 bytes and context
    72      2 + n   length and UTF-8 of the id of the key that wraps the data key
    ..      2 + n   length and bytes of the wrapped data key
    ..      ...     the ciphertext

Keys: HKDF-SHA-256(data key, salt, "keyaudit/envelope/1" | first 8 bytes | SHA-256(context)) gives
64 bytes: the message key, and the commitment, which is compared in constant time before anything
is decrypted. So one ciphertext has one key and one context: it does not decrypt to something else
under another (which AES-GCM by itself does not promise).

Ciphertext of one message: AES-256-GCM with nonce 0, as ciphertext and 16-byte tag. Of a stream:
chunks of chunk size, the last one shorter or as long, each followed by its tag; the nonce is 7
zero bytes, the chunk's number (4 bytes, from 0) and 1 for the last chunk, else 0. Associated data
of all: SHA-256(first 8 bytes | salt | context), with the context in canonical form. The id and the
wrapped data key are not part of it, so that the data key can be wrapped anew alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from keyaudit.remediation.errors import EnvelopeFormatError

MAGIC = b"KAEV"
VERSION = 1
ALGORITHM = 1
MESSAGE = 1
STREAM = 2
SALT_BYTES = 32
COMMITMENT_BYTES = 32
FIXED_BYTES = 8 + SALT_BYTES + COMMITMENT_BYTES
MIN_CHUNK_LOG2 = 12
MAX_CHUNK_LOG2 = 26
_LENGTH = struct.Struct(">H")
_MAX_FIELD = 0xFFFF
_CHUNK_SIZES = {MESSAGE: range(1), STREAM: range(MIN_CHUNK_LOG2, MAX_CHUNK_LOG2 + 1)}
_CUT_SHORT = "the envelope ends within its header"


@dataclass(frozen=True, slots=True)
class EnvelopeHeader:
    """The header of an envelope, which precedes the ciphertext; none of it is secret.

    `kind`: the number 1 for a message, 2 for a stream. `chunk_log2`: a stream's chunks have
    2**`chunk_log2` bytes; 0 for a message. `salt`: 32 bytes. `commitment`: 32 bytes that commit to
    the message's key. `key_id`: the id of the key encryption key. `wrapped`: the bytes of the
    wrapped data key.
    """

    kind: int
    chunk_log2: int
    salt: bytes
    commitment: bytes
    key_id: str
    wrapped: bytes

    @property
    def is_stream(self) -> bool:
        """Whether the envelope is a stream of chunks, made by `encrypt_stream` or
        `encrypt_file`."""
        return self.kind == STREAM

    @property
    def prefix(self) -> bytes:
        """The first 8 bytes of the header."""
        return prefix_of(self.kind, self.chunk_log2)

    def encode(self) -> bytes:
        """The header's bytes. Raises ValueError when the id or the wrapped key is over 65535
        bytes."""
        return head_of(self.prefix, self.salt, self.commitment, self.key_id, self.wrapped)


def head_of(prefix: bytes, salt: bytes, commitment: bytes, key_id: str, wrapped: bytes) -> bytes:
    """The bytes of a header, from its parts (see `EnvelopeHeader`). Raises ValueError when the id
    or the wrapped key is over 65535 bytes."""
    name = key_id.encode()
    if max(len(name), len(wrapped)) > _MAX_FIELD:
        raise ValueError(f"a key id or wrapped key has at most {_MAX_FIELD} bytes")
    lengths = _LENGTH.pack(len(name)), _LENGTH.pack(len(wrapped))
    return b"".join((prefix, salt, commitment, lengths[0], name, lengths[1], wrapped))


def prefix_of(kind: int, chunk_log2: int) -> bytes:
    """The first 8 bytes of an envelope of that kind. `chunk_log2` is 0 for a message."""
    return MAGIC + bytes((VERSION, ALGORITHM, kind, chunk_log2))


def parse(data: memoryview) -> tuple[EnvelopeHeader, int]:
    """The header of an envelope, and its length in bytes. Raises `EnvelopeFormatError` when the
    bytes are no envelope."""
    fixed = _fixed(bytes(data[:FIXED_BYTES]))
    key_id, position = _field(data, FIXED_BYTES)
    wrapped, position = _field(data, position)
    return _header(*fixed, key_id, wrapped), position


def read(source: BinaryIO) -> EnvelopeHeader:
    """Read a header from a stream. Raises `EnvelopeFormatError` when the bytes are no envelope."""
    fixed = _fixed(read_fully(source, FIXED_BYTES))
    fields = []
    for _ in range(2):
        length = _length(read_fully(source, _LENGTH.size))
        fields.append(_whole(read_fully(source, length), length))
    return _header(*fixed, *fields)


def _fixed(data: bytes) -> tuple[int, int, bytes, bytes]:
    if len(data) < FIXED_BYTES or data[:4] != MAGIC:
        raise EnvelopeFormatError("this is no envelope of keyaudit")
    version, algorithm, kind, chunk_log2 = data[4:8]
    if version != VERSION or algorithm != ALGORITHM:
        raise EnvelopeFormatError(
            f"envelope version {version}, algorithm {algorithm} is not known to this release"
        )
    if chunk_log2 not in _CHUNK_SIZES.get(kind, ()):
        raise EnvelopeFormatError("the envelope's kind or chunk size is not known")
    return kind, chunk_log2, data[8 : 8 + SALT_BYTES], data[8 + SALT_BYTES :]


def _header(
    kind: int, chunk_log2: int, salt: bytes, commitment: bytes, key_id: bytes, wrapped: bytes
) -> EnvelopeHeader:
    try:
        name = key_id.decode()
    except UnicodeDecodeError:
        raise EnvelopeFormatError("the envelope's key id is no text") from None
    return EnvelopeHeader(kind, chunk_log2, salt, commitment, name, wrapped)


def _field(data: memoryview, position: int) -> tuple[bytes, int]:
    """The field at `position`, and the position after it."""
    try:
        (length,) = _LENGTH.unpack_from(data, position)
    except struct.error:
        raise EnvelopeFormatError(_CUT_SHORT) from None
    start = position + _LENGTH.size
    end = start + length
    return _whole(bytes(data[start:end]), length), end


def _length(data: bytes) -> int:
    return int(_LENGTH.unpack(_whole(data, _LENGTH.size))[0])


def _whole(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise EnvelopeFormatError(_CUT_SHORT)
    return data


def check_blocking(answer: object) -> None:
    """Raise ValueError for None, which a stream in non-blocking mode returns when it has no data
    yet: taken for the end of the stream, it would truncate the data."""
    if answer is None:
        raise ValueError("the stream is in non-blocking mode; give one that waits for its data")


def read_fully(source: BinaryIO, length: int) -> bytes:
    """Read `length` bytes, or fewer at the stream's end; a raw stream may return fewer in one call.
    Raises ValueError for a stream in non-blocking mode."""
    parts = []
    while length > 0:
        part = source.read(length)
        check_blocking(part)
        if not part:
            break
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
