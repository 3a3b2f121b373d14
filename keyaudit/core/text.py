"""Bytes of a text file to text, the same way everywhere, so that line numbers agree."""

from __future__ import annotations

import codecs

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SNIFFED = 8192


def is_utf16(data: bytes) -> bool:
    """Whether the bytes start with the byte order mark of UTF-16."""
    return data.startswith(_UTF16_MARKS)


def is_binary(data: bytes) -> bool:
    """Whether there is a NUL byte near the start, in what is no UTF-16 by its mark."""
    return data.find(b"\0", 0, _SNIFFED) >= 0 and not is_utf16(data)


def as_utf8(data: bytes) -> bytes:
    """The bytes as UTF-8: themselves, unless a byte order mark says they are UTF-16.

    What is no valid UTF-16 becomes replacement characters; nothing is raised.
    """
    if not is_utf16(data):
        return data
    return data.decode("utf-16", "replace").encode("utf-8", "replace")


def decode(data: bytes) -> str:
    """The text: UTF-16 by its mark, else UTF-8; the mark is dropped, bad bytes are replaced."""
    return as_utf8(data).decode("utf-8", "replace").removeprefix("\ufeff")
