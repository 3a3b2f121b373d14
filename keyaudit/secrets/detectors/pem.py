"""Reads private keys in PEM and PuTTY format: is there a key after the header, is it encrypted?"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from keyaudit.core.patterns import regex

HEADER = regex(
    r"BEGIN (?:(?:DSA|EC|OPENSSH|RSA|SSH2 ENCRYPTED|ENCRYPTED) )?PRIVATE KEY"
    r"|BEGIN PGP PRIVATE KEY BLOCK|PuTTY-User-Key-File-2"
)
_DASHED = regex(r"-{0,5}(?:BEGIN [A-Z0-9 ]+|PuTTY-User-Key-File-2:? ?[\w-]*)-{0,5}")
_BREAK = regex(r"\\[nr]|[\s\"'`]+")
_PUNCTUATION = " \t+,;#*|()\\>"
_BASE64 = regex(r"[A-Za-z0-9+/]{4,}={0,2}")
_ENCRYPTED = regex(r"4,ENCRYPTED|BEGIN (?:SSH2 )?ENCRYPTED|Encryption: (?!none)\w")
_FIRST_PIECE = 32
_LEAST_BODY = 60
_MOST_HEADERS = 30
_MOST_LINES = 200
_OPENSSH = b"openssh-key-v1\0"


@dataclass(frozen=True, slots=True)
class PemKey:
    """`column` and `end` (from 0) are the header's in its line; `body` is the key in base64.

    Without a body the header is only spoken of: in code that looks for it, or in prose.
    """

    column: int
    end: int
    header: str
    body: str
    encrypted: bool


def read_private_key(lines: Sequence[str], number: int) -> PemKey | None:
    """The private key whose header stands in a line (from 1); None when there is no header in
    it."""
    line = lines[number - 1]
    named = HEADER.search(line)
    if named is None:
        return None
    dashed = next(
        (m for m in _DASHED.finditer(line) if m.start() <= named.start() < m.end()), named
    )
    rest = line[dashed.end() :]
    text = "\n".join([rest, *lines[number : number + _MOST_LINES]])
    text = re.split(r"-----END|Private-MAC", text, maxsplit=1)[0]
    body = _body(text)
    encrypted = bool(_ENCRYPTED.search(dashed[0] + text[:400])) or _is_encrypted_openssh(body)
    return PemKey(dashed.start(), dashed.end(), dashed[0], body, encrypted)


def _body(text: str) -> str:
    """The base64 that follows at once, or after header fields; empty when there is none."""
    parts: list[str] = []
    skipped = 0
    for piece in _BREAK.split(text):
        piece = piece.strip(_PUNCTUATION)
        least = 4 if parts else _FIRST_PIECE
        if len(piece) >= least and _BASE64.fullmatch(piece):
            parts.append(piece)
        elif piece and (parts or skipped >= _MOST_HEADERS):
            break
        elif piece:
            skipped += 1
    body = "".join(parts)
    return body if len(body) >= _LEAST_BODY and len(set(body)) >= 16 else ""


def _is_encrypted_openssh(body: str) -> bool:
    try:
        data = base64.b64decode(body[: len(body) // 4 * 4][:120], validate=False)
    except binascii.Error:
        return False
    if not data.startswith(_OPENSSH):
        return False
    return not data[len(_OPENSSH) :].startswith(b"\0\0\0\4none")
