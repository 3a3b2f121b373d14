"""Tells by the text whether a file switches the check of certificates off without naming a
library."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# `verify` alone is a common word.
_OFF = regex(rb"\bverify[\"']?[\])]?[ \t]*[=:,][ \t]*(?:False|0)\b|\bverify=verify\b")


def disables_verification(data: bytes) -> bool:
    """Whether something named `verify` is set to False: `fetch(url, verify=False)`."""
    return b"verify" in data and _OFF.search(data) is not None
