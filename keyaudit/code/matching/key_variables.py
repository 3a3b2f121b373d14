"""Tells by their names the variables that hold a key or a password."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

_SECRET_NAME = regex(
    r"(?:^|_)(?:key|secret|dek|kek|passw(?:or)?d|passphrase|private|seed|master|plaintext|mnemonic"
    r"|priv)(?:_|s?$)|key(?:_?(?:bytes|material|data|buf(?:fer)?|int|plaintext|pem))?$",
    re.IGNORECASE,
)
_NO_SECRET = regex(
    r"(?:^|_)(?:public|pub|cache|sort|dict|primary|foreign|api)_?key"
    r"|(?:^|_)key_?(?:ids?|names?|paths?|files?|types?|sizes?|len(?:gth)?|index|info|hash)(?:_|$)"
    r"|_(?:ids?|names?|paths?|files?|hash)$",
    re.IGNORECASE,
)


def is_key_variable(path: str) -> bool:
    """Whether the last part of a path (`self.key`, `conf["key"]`, `key`) names a key or a
    password."""
    last = re.split(r"[.\[]", path)[-1].strip("_]'\"")
    return bool(_SECRET_NAME.search(last)) and not _NO_SECRET.search(last)
