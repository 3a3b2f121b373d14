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


def approve(manager: KeyManager, number: int = 1, by: str = "bob", asks: str = "ann") -> None:
    """Ask for the destruction of a version of key `orders`, if nobody did, and say yes to it."""
    found = [each for each in manager.requests("orders") if each.number == number]
    request = found[0] if found else manager.request_destruction("orders", number, by=asks, why="w")
    manager.approve("orders", request.id, by=by)


def retired(manager: KeyManager, approved: bool = True) -> bytes:
    """A key with version 1 out of use; an envelope under it."""
    manager.create_key("orders", by="ann")
    envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
    manager.rotate("orders", by="ann")
    if approved:
        approve(manager)
    return envelope


class Saved(dict[int, bytes]):
    """Rows that a re-encryption saves as a database would: only in the place of the old ones."""

    def save(self, name: int, old: bytes, new: bytes) -> bool:
        if self.get(name) != old:
            return False
        self[name] = new
        return True
