"""A store to try things on: a clock moved by hand, and a root key that costs nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from keyaudit.remediation import KeyManager, LocalKey, SecureKey

ROOT = bytes(range(100, 132))
START = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = {"user": "1234"}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **step: float) -> None:
        """Move on by days, hours ..., as `timedelta` takes them."""
        self.now += timedelta(**step)


def root(secret: bytes = ROOT, id: str = "root") -> LocalKey:
    return LocalKey(SecureKey.copy_of(secret), id)


def make(folder: Path, clock: Clock) -> KeyManager:
    return KeyManager.create(folder / "keys.db", root(), clock=clock)


def retired(manager: KeyManager, approve: bool = True) -> bytes:
    """A key with version 1 out of use; an envelope under it."""
    manager.create_key("orders", by="ann")
    envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
    manager.rotate("orders", by="ann")
    if approve:
        manager.approve_destruction("orders", 1, by="bob")
    return envelope
