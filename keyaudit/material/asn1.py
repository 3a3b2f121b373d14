"""Reading and writing DER without a library, for what libraries refuse (X.690)."""

from __future__ import annotations

from keyaudit.material.types import MaterialError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERALIZED_TIME, SEQUENCE = 0x17, 0x18, 0x30


def children(data: bytes, *, whole: bool = True) -> list[tuple[int, bytes]]:
    """Tags and contents of the members of a DER sequence; of bare contents unless `whole`.

    Raises MaterialError where the lengths do not add up.
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
    """The length of the first element, its head included. Raises MaterialError."""
    if len(data) < 2 or data[0] != SEQUENCE:
        raise MaterialError("is no sequence")
    if not data[1] & 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    if not 0 < count <= 4:
        raise MaterialError("has a length that is none")
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def encode(tag: int, content: bytes) -> bytes:
    """An element of DER."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def number(value: int) -> bytes:
    """A whole number of 0 or more, as an element."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
