"""A store in the middle of its life, the verbs to be cut short on it, and what must hold after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from keyaudit.remediation import KeyManager, KeyState, NoEnvelopes
from keyaudit.remediation.lifecycle.records import KeyVersion
from tests.remediation.lifecycle import CONTEXT, Clock, approve, root

NEW_ROOT = (bytes(32), "new-root")
VERBS: dict[str, Callable[[KeyManager], object]] = {
    "create": lambda manager: manager.create_key("mail", by="ann"),
    "rotate": lambda manager: manager.rotate("orders", by="ann"),
    "compromise": lambda manager: manager.compromise("orders", 3, by="ann", why="lost"),
    "archive": lambda manager: manager.archive("orders", 2, by="ann", why="old"),
    "schedule": lambda manager: manager.schedule_destruction(
        "orders", 2, by="ann", why="moved", envelopes=NoEnvelopes(), days=7
    ),
    "cancel": lambda manager: manager.cancel_destruction("orders", 1, by="ann"),
    "destroy": lambda manager: manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes()),
    "change-root": lambda manager: manager.change_root(root(*NEW_ROOT), by="ann"),
}


def prepare(manager: KeyManager, clock: Clock) -> list[bytes]:
    """Make a key with version 1 due for destruction, 2 deactivated and 3 active; the clock stands
    after the wait. An envelope under each."""
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    envelopes = []
    for number in (1, 2, 3):
        envelopes.append(cipher.encrypt(b"%d" % number, CONTEXT))
        if number < 3:
            manager.rotate("orders", by="ann")
            approve(manager, number)
    manager.schedule_destruction(
        "orders", 1, by="ann", why="moved", envelopes=NoEnvelopes(), days=7
    )
    clock.move(days=8)
    return envelopes


def reopen(place: str | Path, clock: Clock) -> KeyManager:
    """The store, whichever of the two root keys it is under. How keys are used is not noted: that
    is a write for every look, and none of those that are cut short."""
    try:
        manager = KeyManager.open(place, root(), clock=clock)
    except LookupError:
        manager = KeyManager.open(place, root(*NEW_ROOT), clock=clock)
    manager._notes.refused_by_store = True
    return manager


def facts(manager: KeyManager) -> tuple[list[KeyVersion], int]:
    """All versions, without what differs from run to run, and the length of the log."""
    versions = [v for name in manager.names() for v in manager.versions(name)]
    return [replace(version, certificate=None, id="") for version in versions], len(manager.audit())


def check_keys(manager: KeyManager, envelopes: list[bytes]) -> None:
    """Every key that was not destroyed is there and is the one it was; a destroyed one is gone,
    with its certificate; there is a primary version that works."""
    cipher = manager.cipher("orders")
    cipher.decrypt(cipher.encrypt(b"new", CONTEXT), CONTEXT)
    for version, envelope in zip(manager.versions("orders"), envelopes, strict=False):
        if version.state is KeyState.DESTROYED:
            assert version.certificate
            manager.verify_certificate(version.certificate)
        elif version.destroy_at is not None:
            with manager._read() as view:
                row = manager._version_row(view, version.key, version.number)
            with manager._lease(row):
                pass
        elif version.archived is not None or version.state is KeyState.COMPROMISED:
            hour = timedelta(hours=1)
            with manager.reactivate("orders", version.number, by="t", why="t", for_=hour):
                assert cipher.decrypt(envelope, CONTEXT) == b"%d" % version.number
        else:
            assert cipher.decrypt(envelope, CONTEXT) == b"%d" % version.number
