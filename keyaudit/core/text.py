"""Decodes text files, the same way everywhere so that line numbers agree."""

from __future__ import annotations

import codecs

# The marks of UTF-32 first: one of them begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SNIFFED = 8192
_LEAST_WIDE = 8  # bytes that tell UTF-16 and UTF-32 without a mark
# So many bytes that no text has, of those looked at, make it none.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_FEW = 200


def is_utf16(data: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32, judged by the byte order mark or the positions of NUL
    bytes."""
    return _wide(data) is not None


def is_binary(data: bytes) -> bool:
    """Whether the bytes are not text: the first 8192 contain NUL, and they are not UTF-16 or
    UTF-32.

    A few stray NUL bytes are allowed in UTF-8 text without other control characters.
    """
    if data.find(b"\0", 0, _SNIFFED) < 0 or is_utf16(data):
        return False
    start = data[:_SNIFFED]
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls > max(1, len(start) // _FEW):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return True
    return len(start.strip(b"\0")) < _LEAST_WIDE


def as_utf8(data: bytes) -> bytes:
    """The bytes converted from UTF-16 or UTF-32 to UTF-8; other bytes unchanged.

    Invalid sequences become replacement characters; nothing is raised.
    """
    encoding = _wide(data)
    if encoding is None:
        return data
    return data.decode(encoding, "replace").encode("utf-8", "replace")


def decode(data: bytes) -> str:
    """The text of UTF-8, UTF-16 or UTF-32 bytes, without the byte order mark. Invalid bytes are
    replaced."""
    return as_utf8(data).decode("utf-8", "replace").removeprefix("\ufeff")


def _wide(data: bytes) -> str | None:
    """The name of the encoding if the bytes are UTF-16 or UTF-32, else None.

    Without a byte order mark, most characters must be among the first 256 of Unicode.
    """
    if not data[:4].strip(b"\0\xff\xfe"):
        return next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if data.find(b"\0", 0, _LEAST_WIDE) < 0:
        return None
    start = data[:_SNIFFED][: len(data) // 4 * 4]
    if len(start) < _LEAST_WIDE:
        return None
    zeros = [start[at::4].count(0) * 4 / len(start) for at in range(4)]
    for name, shape in _SHAPES:
        if all(
            (share > 0.9) if zero else (share < 0.05)
            for share, zero in zip(zeros, shape, strict=True)
        ):
            return name
    return None


# Where the NUL bytes of Latin letters are, of four bytes.
_SHAPES = (
    ("utf-16-le", (False, True, False, True)),
    ("utf-16-be", (True, False, True, False)),
    ("utf-32-le", (False, True, True, True)),
    ("utf-32-be", (True, True, True, False)),
)
