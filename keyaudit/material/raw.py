"""Symmetric keys in files of their own, as random bytes and nothing else.

Nothing in such a file says what it is; the name does, and the size that ciphers take.
"""

from __future__ import annotations

from keyaudit.core import paths
from keyaudit.core.patterns import regex
from keyaudit.material.types import Kind, Material, PublicKey

_SIZES = frozenset({16, 24, 32, 48, 64})
_NAMED = regex(
    r"(?i)(?!.*pub).*(?:\.(?:key|[dkb]ek|aes)"
    r"|(?:^|[._-])(?:aes|secret|master|encryption|symmetric|session|data)[_-]?key(?:\.(?:bin|dat|raw))?"
    r"|(?:^|[._-])key\.(?:bin|dat|raw))"
)
# Of random bytes, so many in a hundred or more differ from all others.
_DIFFERENT = 70


def is_raw_key(path: str, data: bytes) -> bool:
    """Whether a file is a key as a cipher takes it: of such a name and size, and no text."""
    if len(data) not in _SIZES or not _NAMED.fullmatch(paths.name(path)):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return 100 * len(set(data)) >= _DIFFERENT * len(data)
    return False


def read(path: str, data: bytes) -> tuple[Material, ...]:
    """The key that a file is, if it is one."""
    if not is_raw_key(path, data):
        return ()
    return (Material(Kind.SYMMETRIC, "raw", PublicKey("", 8 * len(data))),)
