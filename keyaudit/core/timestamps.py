"""Times as dates. They may come from a hostile file, or from a clock that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

# The years that `datetime` knows: 1 to 9999.
_FIRST, _LAST = -62_135_596_800, 253_402_300_799


def utc(seconds: float) -> datetime:
    """A time in seconds since 1970, in UTC; the first or last one there is for any beyond."""
    return datetime.fromtimestamp(max(_FIRST, min(_LAST, seconds)), UTC)
