"""Converts timestamps, which may be wrong or hostile, to dates."""

from __future__ import annotations

from datetime import UTC, datetime

# The years that `datetime` knows: 1 to 9999.
_FIRST, _LAST = -62_135_596_800, 253_402_300_799


def utc(seconds: float) -> datetime:
    """The UTC time of a Unix timestamp in seconds, limited to the years 1 to 9999."""
    return datetime.fromtimestamp(max(_FIRST, min(_LAST, seconds)), UTC)
