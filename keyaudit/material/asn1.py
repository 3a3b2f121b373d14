"""Reads and writes DER (X.690) without a library, for input that libraries refuse."""

from __future__ import annotations

from keyaudit.material.types import MaterialError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERALIZED_TIME, SEQUENCE = 0x17, 0x18, 0x30


def children(data: bytes, *, whole: bool = True) -> list[tuple[int, bytes]]:
    """Tag and content of each member of a DER sequence.

    Without `whole`, `data` is the sequence's content alone. Raises MaterialError for invalid
    lengths.
    """
    if whole:
        outer = children(data, whole=False)
        if len(outer) != 1 or outer[0][0] != SEQUENCE:
            raise MaterialError("is no sequence")
        data = outer[0][1]
    found = []
    at = 0
    while at < len(data):
        tag = data[at]
        length = data[at + 1] if at + 1 < len(data) else 0x80
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:
                raise MaterialError("has a length that is none")
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > len(data):
            raise MaterialError("ends early")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def first(data: bytes) -> int:
    """The length in bytes of the sequence that `data` begins with, header included.

    Raises MaterialError if there is none.
    """
    if len(data) < 2 or data[0] != SEQUENCE:
        raise MaterialError("is no sequence")
    if not data[1] & 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    if not 0 < count <= 4:
        raise MaterialError("has a length that is none")
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def encode(tag: int, content: bytes) -> bytes:
    """The DER element with this tag and content."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def number(value: int) -> bytes:
    """The DER element INTEGER for a number of 0 or more."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
