"""Streams in authenticated chunks: none can be changed, dropped, added, repeated or moved."""

from __future__ import annotations

from typing import BinaryIO

from keyaudit.remediation.errors import DecryptionError
from keyaudit.remediation.wrapping.aead import REFUSED, TAG_BYTES
from keyaudit.remediation.wrapping.envelope_format import read_fully
from keyaudit.remediation.wrapping.message import MessageKey

MAX_CHUNKS = 2**32
CHUNK_LOG2 = 18
"""Chunks of 256 KiB: large enough that the work per chunk does not show."""


def encrypt(key: MessageKey, source: BinaryIO, target: BinaryIO, chunk: int) -> int:
    """Encrypt all of `source` in chunks of `chunk` bytes; returns the number of plaintext bytes.
    ValueError for more than 2^32 chunks."""
    total = number = 0
    block = read_fully(source, chunk)
    while True:
        following = read_fully(source, chunk) if len(block) == chunk else b""
        target.write(key.encrypt(_nonce(number, last=not following), block))
        total += len(block)
        if not following:
            return total
        block = following
        number += 1
        if number >= MAX_CHUNKS:
            raise ValueError("a stream has at most 2^32 chunks; take larger ones")


def decrypt(key: MessageKey, source: BinaryIO, target: BinaryIO, chunk: int) -> int:
    """Decrypt what `encrypt` wrote, to the end of `source`; returns the plaintext's length.

    Each chunk is authenticated before it is written; that nothing is missing at the end is known
    at the end, so what was written counts only once this returns. `DecryptionError` else.
    """
    total = number = 0
    sealed = chunk + TAG_BYTES
    block = read_fully(source, sealed)
    while True:
        following = read_fully(source, sealed) if len(block) == sealed else b""
        if len(block) < TAG_BYTES or number >= MAX_CHUNKS:
            raise DecryptionError(REFUSED)
        plain = key.decrypt(_nonce(number, last=not following), block)
        target.write(plain)
        total += len(plain)
        if not following:
            return total
        block = following
        number += 1


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes((last,))
