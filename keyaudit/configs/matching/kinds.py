"""Kinds of resources as rules name them: exact, or with `*` at the end."""

from __future__ import annotations

from collections.abc import Iterable


def is_of(wanted: Iterable[str], kind: str) -> bool:
    """Whether a kind is one of those wanted; case does not count."""
    low = kind.lower()
    return any(
        low.startswith(name[:-1].lower()) if name.endswith("*") else low == name.lower()
        for name in wanted
    )
