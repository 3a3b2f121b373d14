"""Clocks that are set back or ahead extend no deadline and shorten no wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyaudit.remediation import (
    ClockError,
    DecryptionError,
    KeyAlgorithm,
    KeyManager,
    KeyPolicy,
    KeyStateError,
    NoEnvelopes,
    SystemClock,
)
from keyaudit.remediation.lifecycle.stores import sqlite
from tests.remediation import postgresql
from tests.remediation.lifecycle import CONTEXT, Clock, retired, root

HOUR = timedelta(hours=1)


class Machine:
    """A machine's two clocks: one that anybody sets, and one that nobody does."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
        self.up = 1000.0
        self.boot = "boot-1"

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.up += seconds

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: (self.boot, self.up))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(sqlite, "SystemClock", made.clock)
    for module in ("manager", "access"):
        monkeypatch.setattr(f"keyaudit.remediation.lifecycle.{module}.SystemClock", made.clock)
    return made


def test_a_clock_set_back_does_not_lengthen_a_reactivation(
    machine: Machine, tmp_path: Path
) -> None:
    with KeyManager.create(tmp_path / "keys.db", root()) as manager:
        envelope = retired(manager)
        cipher = manager.cipher("orders")
        manager.archive("orders", 1, by="ann", why="old")
        machine.passes(60)
        manager.reactivate_until("orders", 1, by="bob", why="ticket", for_=HOUR)
        machine.passes(3000)
        assert cipher.decrypt(envelope, CONTEXT) == b"data"
        machine.wall -= 3000
        machine.passes(601)
        with pytest.raises(KeyStateError, match="archived"):
            cipher.decrypt(envelope, CONTEXT)


def test_a_clock_far_behind_the_log_is_an_error(place: str, clock: Clock) -> None:
    with KeyManager.create(place, root(), clock=clock) as manager:
        envelope = retired(manager)
        manager.archive("orders", 1, by="ann", why="old")
        manager.reactivate_until("orders", 1, by="bob", why="ticket", for_=HOUR)
        clock.move(minutes=-9)
        assert manager.rotate("orders", by="ann").created > clock.now
        clock.move(days=-1)
        for verb in (
            lambda: manager.cipher("orders").decrypt(envelope, CONTEXT),
            lambda: manager.rotate("orders", by="ann"),
            lambda: manager.rotate_due(by="timer"),
        ):
            with pytest.raises(ClockError, match="set the clock right"):
                verb()


def test_a_clock_set_ahead_does_not_shorten_a_wait(machine: Machine, tmp_path: Path) -> None:
    place = tmp_path / "keys.db"
    with KeyManager.create(place, root()) as manager:
        retired(manager)
        manager.schedule_destruction(
            "orders", 1, by="ann", why="w", envelopes=NoEnvelopes(), days=8
        )
    machine.wall += 9 * 86400
    with KeyManager.open(place, root()) as manager:
        with pytest.raises(KeyStateError, match=r"in 192\.0 hours by the machine's uptime"):
            manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
        machine.passes(8 * 86400)
        manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())


def test_after_a_start_the_clock_alone_counts(machine: Machine, tmp_path: Path) -> None:
    place = tmp_path / "keys.db"
    with KeyManager.create(place, root()) as manager:
        retired(manager)
        manager.schedule_destruction(
            "orders", 1, by="ann", why="w", envelopes=NoEnvelopes(), days=7
        )
    machine.boot, machine.up = "boot-2", 5.0
    machine.wall += 7 * 86400
    with KeyManager.open(place, root()) as manager:
        manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())


def test_a_database_goes_by_its_servers_clock(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with KeyManager.create(database, root()) as manager:
        monkeypatch.setattr("time.time", lambda: 0.0)
        version = manager.create_key("orders", by="ann")
        (now,) = postgresql.run(database, "SELECT clock_timestamp()")[0]
        assert abs(now - version.created) < HOUR


def test_the_real_clock_goes_on() -> None:
    clock = SystemClock()
    first = clock()
    assert timedelta() <= clock() - first < HOUR
    mark = clock.mark(HOUR)
    if mark is not None:
        passed = clock.passed_since(mark)
        assert passed is not None
        assert -2 * HOUR < passed < timedelta()
    assert clock.passed_since("another-boot 5") is None
    assert clock.passed_since(None) is None


@pytest.mark.parametrize("when_over", ["warn", "refuse", "rotate"])
def test_what_happens_when_the_cryptoperiod_is_over(
    when_over: str, manager: KeyManager, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    policy = KeyPolicy(timedelta(days=30), when_over=when_over)
    manager.create_key("orders", by="ann", policy=policy)
    cipher = manager.cipher("orders")
    envelope = cipher.encrypt(b"data", CONTEXT)
    clock.move(days=31)
    caplog.set_level("WARNING", "keyaudit.remediation")
    if when_over == "refuse":
        with pytest.raises(KeyStateError, match="past its cryptoperiod"):
            cipher.encrypt(b"data", CONTEXT)
    else:
        cipher.encrypt(b"data", CONTEXT)
        cipher.encrypt(b"data", CONTEXT)
    warned = [each for each in caplog.messages if "past its cryptoperiod" in each]
    assert len(warned) == (when_over == "warn")
    assert manager.primary("orders").number == (2 if when_over == "rotate" else 1)
    assert cipher.decrypt(envelope, CONTEXT) == b"data"
    with pytest.raises(ValueError, match="when_over"):
        KeyPolicy(when_over="never").check()


def test_a_store_goes_on_after_a_clock_that_had_run_ahead(place: str, clock: Clock) -> None:
    with (
        KeyManager.create(place, root(), clock=clock) as manager,
        KeyManager.open(place, root(), clock=clock) as other,
    ):
        envelope = retired(manager, approved=False)
        manager.archive("orders", 1, by="ann", why="old")
        assert other.primary("orders").number == 2
        with pytest.raises(KeyStateError, match="not behind"):
            manager.accept_clock(by="ann", why="w")
        clock.move(days=3000)
        manager.rotate("orders", by="timer")
        manager.reactivate_until("orders", 1, by="eve", why="w", for_=HOUR)
        ahead = manager.request_destruction("orders", 1, by="eve", why="w")
        manager.approve("orders", ahead.id, by="mal")
        clock.move(days=-3000)
        for each in (manager, other):
            with pytest.raises(ClockError):
                each.rotate("orders", by="ann")
        with pytest.raises(ValueError, match="reason"):
            manager.accept_clock(by="ann", why=" ")
        manager.accept_clock(by="ann", why="the time server was wrong")
        last = manager.audit()[-1]
        assert (last.action, last.time, last.actor) == ("accept-clock", clock.now, "ann")
        assert last.detail["ended"] == [manager.version("orders", 1).id]
        # Nothing that was done in that time lasts longer than it should.
        for each in (manager, other):
            with pytest.raises(KeyStateError, match="archived"):
                each.cipher("orders").decrypt(envelope, CONTEXT)
        assert manager.requests("orders") == ()
        assert manager.primary("orders").activated == clock.now
        clock.move(days=364)
        assert other.rotate_due(by="timer") == ()
        clock.move(days=1)
        assert [version.number for version in other.rotate_due(by="timer")] == [4]
        manager.audit()
    with KeyManager.open(place, root(), clock=clock) as manager:
        manager.audit()


def test_a_clock_set_back_does_not_lengthen_a_token(machine: Machine, tmp_path: Path) -> None:
    with KeyManager.create(tmp_path / "keys.db", root()) as manager:
        manager.create_key("api", by="ann", algorithm=KeyAlgorithm.ED25519)
        signer = manager.signer("api")
        token = signer.sign_jwt({"sub": "1"}, lifetime=timedelta(minutes=20))
        machine.passes(600)
        signer.verify_jwt(token)
        machine.wall -= 3600
        machine.passes(600)
        signer.verify_jwt(token)
        machine.passes(60)
        with pytest.raises(DecryptionError, match="expired"):
            signer.verify_jwt(token)
    # Nor for a process that begins when the clock is behind the store.
    machine.passes(3600)
    with KeyManager.open(tmp_path / "keys.db", root()) as manager:
        machine.passes(7200)
        manager.rotate("api", by="ann")
    machine.wall -= 7200
    with KeyManager.open(tmp_path / "keys.db", root()) as manager:
        for verb in (
            lambda: manager.signer("api").verify_jwt(token),
            lambda: manager.signer("api").sign_jwt({}, lifetime=HOUR),
        ):
            with pytest.raises(ClockError):
                verb()
