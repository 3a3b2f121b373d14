"""Fields of binary formats: fixed-size numbers, and values preceded by their length."""

from __future__ import annotations

import struct

from keyaudit.material.types import MaterialError


def unpack(data: bytes, at: int, form: str) -> tuple[int, ...]:
    """The numbers at offset `at`, in the format `form` of `struct`. Raises MaterialError."""
    try:
        return struct.unpack_from(form, data, at)
    except struct.error:
        raise MaterialError("ends early") from None


def field(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    """The value at offset `at` that follows its length, and the offset after it.

    The length is a big-endian number of `size` bytes (2 or 4). Raises MaterialError if the data
    ends too early.
    """
    (length,) = unpack(data, at, ">H" if size == 2 else ">I")
    end = at + size + length
    if end > len(data):
        raise MaterialError("ends early")
    return data[at + size : end], end
