"""Paths in reports: file names are bytes, and need not be text."""

from __future__ import annotations

from urllib.parse import quote


def path_name(path: str) -> str:
    """A path as valid text: bytes that are no UTF-8 become `\\xNN`, all else stays."""
    return path if path.isascii() else _raw(path).decode("utf-8", "backslashreplace")


def relative_uri(path: str) -> str:
    """A path relative to some folder as a URI reference, its bytes percent-encoded."""
    return quote(_raw(path), safe="/+@,=()!")


def folder_uri(folder: str) -> str:
    """An absolute folder as a `file` URI that ends in a slash."""
    return f"file://{quote(_raw(folder.rstrip('/')), safe='/+@,=()!')}/"


def _raw(path: str) -> bytes:
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "backslashreplace")
