"""Kinds of resources as rules name them: a name, or a pattern with `*`."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache


def is_of(wanted: Iterable[str], kind: str) -> bool:
    """Whether a kind matches one of the names or patterns, regardless of case."""
    return any(_is(name, kind) for name in wanted)


@lru_cache(maxsize=1 << 16)
def _is(name: str, kind: str) -> bool:
    return fnmatchcase(kind.lower(), name.lower())
