"""Finds the full names of keys and secrets of cloud services in the files of one environment.

The same name in the files of another environment means that one key serves both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from keyaudit.core.document import Document
from keyaudit.core.environments import environments_of
from keyaudit.core.location import Span
from keyaudit.core.patterns import regex
from keyaudit.core.redact import mask_line
from keyaudit.core.result import Fact
from keyaudit.core.text import decode

KIND = "key-reference"
_LARGEST = 1_000_000
_MOST = 200
# What names one key or secret wherever it stands: with its account, project or vault.
_NAMES = regex(
    r"arn:aws[\w-]{0,12}:kms:[\w-]{1,30}:\d{12}:(?:key/[\w-]{1,64}|alias/(?!aws/)[\w/-]{1,200})"
    r"|arn:aws[\w-]{0,12}:secretsmanager:[\w-]{1,30}:\d{12}:secret:[\w/+=.@-]{1,200}"
    r"|\bprojects/[\w:.-]{1,60}/locations/[\w-]{1,40}/keyRings/[\w-]{1,63}/cryptoKeys/[\w-]{1,63}"
    r"|\bprojects/[\w:.-]{1,60}/secrets/[\w-]{1,200}"
    r"|\bhttps://[\w-]{1,60}\.vault\.azure\.net/(?:keys|secrets)/[\w-]{1,120}"
)
_WORDS = (b":kms:", b":secretsmanager:", b"/cryptoKeys/", b"/secrets/", b".vault.azure.net/")


def may_have_any(path: str, data: bytes) -> bool:
    """Whether the file is one of an environment, and has a word that such names have."""
    # Few files are of an environment, and their paths are shorter than their contents.
    if not environments_of(path) or len(data) > _LARGEST:
        return False
    return any(word in data for word in _WORDS)


def references(document: Document) -> Iterator[Fact]:
    """A fact for each name of a key or secret in a file of an environment, at most 200.

    Its values are `of` (`key` or `secret`), `name` (the last part) and `digest`.
    """
    if not may_have_any(document.path, document.data):
        return
    seen: set[str] = set()
    for number, line in enumerate(decode(document.data).splitlines(), 1):
        if line.lstrip().startswith(("#", "//")):
            continue
        for found in _NAMES.finditer(line):
            name = found[0]
            if name in seen:
                continue
            seen.add(name)
            span = Span(number, found.start() + 1, number, found.end() + 1)
            is_secret = ":secretsmanager:" in name or "/secrets/" in name
            yield Fact(
                KIND,
                span,
                mask_line(line, (), frozenset({name})),
                {
                    "of": "secret" if is_secret else "key",
                    "name": re.split(r"[/:]", name)[-1],
                    "digest": hashlib.sha256(name.encode()).hexdigest()[:16],
                },
            )
            if len(seen) >= _MOST:
                return
