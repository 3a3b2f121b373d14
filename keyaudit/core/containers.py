"""Recognizes binary files that contain other files or text: archives, compressed files, databases,
PDF."""

from __future__ import annotations

_SIGNS = (
    b"PK\x03\x04",  # ZIP (APPNOTE 4.3.7): wheels, jars, apks, documents of Office
    b"\x1f\x8b\x08",  # gzip (RFC 1952, 2.3.1)
    b"BZh",
    b"\xfd7zXZ\x00",
    b"SQLite format 3\x00",
    b"%PDF-",
)
_TAR_AT, _TAR = 257, b"ustar"  # POSIX.1-1988, Extended tar Format


def is_container(data: bytes) -> bool:
    """Whether the bytes have the signature of such a format; the first 300 are enough."""
    return data.startswith(_SIGNS) or data[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR
