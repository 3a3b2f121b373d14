"""Fields of binary forms: numbers, and what stands after its length."""

from __future__ import annotations

import struct

from keyaudit.material.types import MaterialError


def unpack(data: bytes, at: int, form: str) -> tuple[int, ...]:
    """The numbers at an offset, by `struct`'s form. Raises MaterialError."""
    try:
        return struct.unpack_from(form, data, at)
    except struct.error:
        raise MaterialError("ends early") from None


def field(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    """What stands after its length of `size` bytes (2 or 4), and the offset after it.

    Raises MaterialError.
    """
    (length,) = unpack(data, at, ">H" if size == 2 else ">I")
    end = at + size + length
    if end > len(data):
        raise MaterialError("ends early")
    return data[at + size : end], end
