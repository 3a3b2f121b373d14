"""The plain text that base64 or hexadecimal digits stand for."""

from __future__ import annotations

import base64
import binascii

from keyaudit.core.patterns import regex

LONGEST = 64_000  # characters of one encoded text
# What no text has: controls, but for tab, line feed and carriage return.
CONTROL = regex(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def from_base64(body: str) -> str | None:
    """The plain text that base64 (of either alphabet, padded or not) stands for, or None."""
    body = body.rstrip("=")
    if len(body) > LONGEST or len(body) % 4 == 1:
        return None
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4), _alphabet(body), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _plain(data)


def from_hexadecimal(body: str) -> str | None:
    """The plain text that hexadecimal digits stand for, or None."""
    try:
        return _plain(bytes.fromhex(body)) if len(body) <= LONGEST else None
    except ValueError:
        return None


def _alphabet(body: str) -> bytes | None:
    return b"-_" if "-" in body or "_" in body else None


def _plain(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if CONTROL.search(text) else text
