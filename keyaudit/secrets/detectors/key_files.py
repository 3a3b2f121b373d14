"""Files that are one key and nothing else, by their names: `secret.key`, `fernet_key.txt`.

A program that makes its own key writes it so, in base64 or hexadecimal, and no name or sign stands
before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyaudit.core.patterns import regex
from keyaudit.secrets.detection import KEY_FILE, Detection

_NAME = regex(
    r"(?i)(?:^|/)(?!.*pub)[\w.-]*(?:\.key|(?:^|[/_.-])(?:secret|fernet|master|encryption|symmetric|aes"
    r"|private)?_?-?key(?:\.(?:txt|bin|dat|b64|hex))?|\.fernet)$"
)
# 32 bytes as Fernet has them, and 16 or 32 in hexadecimal.
_KEY = regex(r"[A-Za-z0-9_-]{43}=|[0-9a-fA-F]{64}|[0-9a-fA-F]{32}")
_DIFFERENT = 8  # characters, that it is no stand-in


def find(path: str, lines: Sequence[str]) -> Iterator[Detection]:
    """The key that a file is, if it is one by its name and has nothing else in it."""
    if not _NAME.search(path):
        return
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if len(filled) != 1:
        return
    number, line = filled[0]
    value = line.strip()
    if _KEY.fullmatch(value) and len(set(value)) >= _DIFFERENT:
        yield Detection(KEY_FILE, number, value, False, line)
