"""Keeps one origin for each value, for a message that tells of several."""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.code.provenance.origin import Origin

# Of more, the rest say nothing new.
_MOST = 16


def one_per_value(origins: Iterable[Origin]) -> list[Origin]:
    """One origin for each value, that with the shortest trace; the shortest of all first."""
    found: dict[tuple[int, int], Origin] = {}
    for origin in sorted(origins, key=lambda known: len(known.trace)):
        first = origin.trace[0].pos if origin.trace else origin.node.pos
        found.setdefault((id(origin.module), first), origin)
    return list(found.values())[:_MOST]
