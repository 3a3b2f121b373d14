"""Paths in reports: file names are bytes, which need not be valid text."""

from __future__ import annotations

_SAFE = "/+@,=()!"


def path_name(path: str) -> str:
    r"""The path as valid text: bytes that are not UTF-8 become `\xNN`."""
    return path if path.isascii() else _raw(path).decode("utf-8", "backslashreplace")


def relative_uri(path: str) -> str:
    """A relative path as a URI reference, with its bytes percent-encoded."""
    return _quote(path)


def folder_uri(folder: str) -> str:
    """An absolute folder path as a `file:` URI that ends in a slash."""
    return f"file://{_quote(folder.rstrip('/'))}/"


def _quote(path: str) -> str:
    from urllib.parse import quote

    return quote(_raw(path), safe=_SAFE)


def _raw(path: str) -> bytes:
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "backslashreplace")
