"""The time that the command shows; the store has its own (see `KeyManager.create`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

SOURCE: Callable[[], datetime] | None = None
"""A clock for the store as well, for tests."""


def now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC) if SOURCE is None else SOURCE()
