"""Keys that know their purpose, their limits, and leave a record."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import (
    AuditEvent,
    Auditor,
    ClosedKeyError,
    DecryptionError,
    EnvelopeCipher,
    KeyManager,
    KeyStateError,
    LocalKey,
    Purpose,
    PurposeError,
    PurposeKey,
    RateLimit,
    RateLimitError,
    SecureKey,
    Thresholds,
    UnknownKeyError,
    WeakParameterError,
    read_header,
)

CONTEXT = {"user": "1234"}
USES: dict[str, tuple[Purpose, Callable[[PurposeKey], Any]]] = {
    "encrypt": (Purpose.ENCRYPT, lambda key: key.encrypt(b"data", CONTEXT)),
    "decrypt": (Purpose.ENCRYPT, lambda key: key.decrypt(b"junk", CONTEXT)),
    "sign": (Purpose.SIGN, lambda key: key.sign(b"data")),
    "verify": (Purpose.SIGN, lambda key: key.verify(b"data", b"junk")),
    "derive": (Purpose.DERIVE, lambda key: key.derive("mail")),
    "wrap": (Purpose.WRAP, lambda key: key.wrap(SecureKey.generate(), CONTEXT)),
    "unwrap": (Purpose.WRAP, lambda key: key.unwrap(b"junk", CONTEXT)),
}


class Clock:
    """Seconds for limits, datetimes for auditors; moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def utc(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)


@pytest.mark.parametrize(("use", "purpose"), list(itertools.product(USES, Purpose)))
def test_a_key_does_what_it_is_for_and_nothing_else(use: str, purpose: Purpose) -> None:
    wanted, call = USES[use]
    with PurposeKey.generate(purpose) as key:
        if purpose is not wanted:
            with pytest.raises(PurposeError, match=f"to {purpose}, not to {use}"):
                call(key)
        elif use in ("decrypt", "verify", "unwrap"):
            with pytest.raises(DecryptionError):
                call(key)
        else:
            assert call(key)
    if purpose is wanted and use not in ("decrypt",):
        with pytest.raises(ClosedKeyError):
            call(key)


def test_each_purpose_goes_both_ways() -> None:
    with PurposeKey.generate(Purpose.ENCRYPT, "orders") as key:
        assert key.decrypt(key.encrypt(b"data", CONTEXT), CONTEXT) == b"data"
    with PurposeKey.generate(Purpose.SIGN) as key:
        key.verify(b"data", key.sign(b"data"))
        with pytest.raises(DecryptionError):
            key.verify(b"date", key.sign(b"data"))
    with PurposeKey.generate(Purpose.WRAP) as key, SecureKey.generate() as inner:
        assert key.unwrap(key.wrap(inner, CONTEXT), CONTEXT) == inner


def test_the_same_bytes_under_two_purposes_or_ids_are_two_keys() -> None:
    secret = bytes(range(32))

    def mac(purpose: Purpose, id: str) -> bytes:
        with PurposeKey(SecureKey.copy_of(secret), purpose, id) as key:
            return bytes(key._key.view())

    keys = {mac(purpose, id) for purpose in Purpose for id in ("a", "b")}
    assert len(keys) == 2 * len(Purpose)
    assert secret not in keys
    with pytest.raises(WeakParameterError):
        PurposeKey(SecureKey.generate(16), Purpose.SIGN, "short")


def test_a_key_is_used_no_more_often_than_its_limit_allows() -> None:
    clock = Clock()
    limit = RateLimit(3, 60, clock=clock)
    with PurposeKey.generate(Purpose.SIGN, limit=limit) as key:
        for _ in range(3):
            key.sign(b"data")
        with pytest.raises(RateLimitError) as error:
            key.sign(b"data")
        assert error.value.retry_after == pytest.approx(20)
        clock.seconds += 20
        key.sign(b"data")
        clock.seconds += 3600
        for _ in range(3):
            key.sign(b"data")
        with pytest.raises(RateLimitError):
            key.sign(b"data")
    with pytest.raises(ValueError, match="above 0"):
        RateLimit(0)


def test_every_use_makes_an_event_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    events: list[AuditEvent] = []
    clock = Clock()
    auditor = Auditor(events.append, clock=clock.utc)
    caplog.set_level(logging.INFO, "keyaudit.remediation")
    limit = RateLimit(2, clock=clock)
    with PurposeKey.generate(Purpose.ENCRYPT, "orders", auditor=auditor, limit=limit) as key:
        secret = bytes(key._key.view())
        key.encrypt(b"the plaintext", CONTEXT)
        with pytest.raises(DecryptionError):
            key.decrypt(b"junk", CONTEXT)
        with pytest.raises(RateLimitError):
            key.encrypt(b"", CONTEXT)
        with pytest.raises(PurposeError):
            key.sign(b"")
    assert [(e.operation, e.outcome, e.detail) for e in events] == [
        ("encrypt", "ok", ""),
        ("decrypt", "failed", "EnvelopeFormatError"),
        ("encrypt", "refused", "RateLimitError"),
        ("sign", "refused", "PurposeError"),
    ]
    first = events[0]
    assert (first.key_id, first.purpose, first.size) == ("orders", "encrypt", 13)
    assert first.time == clock.utc()
    assert first.context == CONTEXT
    assert [record.levelname for record in caplog.records] == ["INFO"] + ["WARNING"] * 3
    written = caplog.text + repr(events) + repr(key)
    for form in (repr(secret)[2:-1], secret.hex(), "the plaintext"):
        assert form not in written


def test_envelope_ciphers_are_audited_too() -> None:
    events: list[AuditEvent] = []
    with LocalKey.generate("kek") as kek:
        cipher = EnvelopeCipher(kek, auditor=Auditor(events.append))
        envelope = cipher.encrypt(b"data", CONTEXT)
        cipher.decrypt(envelope, CONTEXT)
        cipher.rewrap(envelope, CONTEXT)
        with pytest.raises(DecryptionError):
            cipher.decrypt(envelope, {})
    assert [(e.operation, e.key_id, e.outcome) for e in events] == [
        ("encrypt", "kek", "ok"),
        ("decrypt", "kek", "ok"),
        ("rewrap", "kek", "ok"),
        ("decrypt", "kek", "failed"),
    ]


def alerts(auditor_events: list[AuditEvent]) -> list[str]:
    return [event.detail for event in auditor_events if event.is_alert]


def test_repeated_failures_raise_one_alert_a_time(caplog: pytest.LogCaptureFixture) -> None:
    events: list[AuditEvent] = []
    clock = Clock()
    auditor = Auditor(events.append, thresholds=Thresholds(failures=2, seconds=60), clock=clock.utc)

    def fail(id: str) -> None:
        with pytest.raises(DecryptionError), auditor.observe("decrypt", id):
            raise DecryptionError

    for _ in range(2):
        fail("a")
        fail("b")
    assert alerts(events) == []
    for _ in range(3):
        fail("a")
    assert alerts(events) == ["repeated failures: more than 2 within 60 s"]
    assert caplog.records[-3].levelname == "ERROR"
    clock.seconds += 61
    for _ in range(2):
        fail("a")
    assert len(alerts(events)) == 1
    fail("a")
    assert len(alerts(events)) == 2


def test_unusual_volume_raises_an_alert() -> None:
    events: list[AuditEvent] = []
    auditor = Auditor(events.append, thresholds=Thresholds(operations=5), clock=Clock().utc)
    for _ in range(8):
        with auditor.observe("sign", "a"):
            pass
    assert alerts(events) == ["unusual volume: more than 5 within 60 s"]


def test_a_sink_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    events: list[AuditEvent] = []

    def broken(event: AuditEvent) -> None:
        raise OSError("disk full")

    with PurposeKey.generate(Purpose.SIGN, auditor=Auditor(broken, events.append)) as key:
        key.verify(b"data", key.sign(b"data"))
    assert len(events) == 2
    assert "an audit sink failed: OSError" in caplog.text


def test_made_up_key_ids_neither_fill_an_auditor_nor_hide(caplog: pytest.LogCaptureFixture) -> None:
    """Anybody can write an envelope that names a key: each name counted for itself."""
    events: list[AuditEvent] = []
    auditor = Auditor(events.append, thresholds=Thresholds(failures=5, seconds=60))
    with LocalKey.generate() as kek:
        cipher = EnvelopeCipher(kek, auditor=auditor)
        genuine = read_header(cipher.encrypt(b"data", CONTEXT))
        for number in range(50):
            forged = replace(genuine, key_id=f"made-up-{number}" + "x" * 1000).encode() + bytes(20)
            with pytest.raises(UnknownKeyError):
                cipher.decrypt(forged, CONTEXT)
    assert alerts(events) == ["repeated failures: more than 5 within 60 s"]
    assert len(auditor._times) <= 4
    assert max(len(event.key_id) for event in events) <= 256


def test_what_an_auditor_remembers_is_bounded() -> None:
    auditor = Auditor(thresholds=Thresholds(operations=3))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(10_500):
        auditor.emit(AuditEvent(now, "encrypt", f"key-{number}"))
    assert len(auditor._times) == 10_000
    for _ in range(1000):
        auditor.emit(AuditEvent(now, "encrypt", "one"))
    assert max(map(len, auditor._times.values())) == 4


def test_what_a_state_forbids_is_refused_and_administration_is_told(tmp_path: Path) -> None:
    events: list[AuditEvent] = []
    auditor = Auditor(events.append)
    with (
        LocalKey.generate("root") as kek,
        KeyManager.create(tmp_path / "keys.db", kek, auditor=auditor) as manager,
    ):
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders", auditor=auditor)
        envelope = cipher.encrypt(b"data", CONTEXT)
        manager.compromise("orders", 1, by="ann", why="lost")
        with pytest.raises(KeyStateError):
            cipher.decrypt(envelope, CONTEXT)
    told = [(event.operation, event.outcome) for event in events]
    assert told == [
        ("manage-create", "ok"),
        ("encrypt", "ok"),
        ("manage-rotate", "ok"),
        ("manage-compromise", "ok"),
        ("decrypt", "refused"),
    ]
    assert (events[3].key_id, events[3].context) == ("orders/1", {"by": "ann", "why": "lost"})


def test_what_is_usual_is_learned() -> None:
    events: list[AuditEvent] = []
    limits = Thresholds(times_usual=5, learned_from=10, seconds=60)
    auditor = Auditor(events.append, thresholds=limits)
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def uses(minute: int, number: int, key: str = "orders") -> None:
        for each in range(number):
            moment = start + timedelta(minutes=minute, seconds=each * 59 / number)
            auditor.emit(AuditEvent(moment, "decrypt", key))

    uses(0, 200)  # before anything is known, nothing is unusual
    for minute in range(1, 40):
        uses(minute, 20)
    assert alerts(events) == []
    uses(40, 80)
    assert alerts(events) == []
    uses(41, 300)
    assert alerts(events) == ["unusual volume: over 5 times the usual"]
    uses(42, 20)
    uses(43, 20, "mail")  # another key is learned for itself
    assert len(alerts(events)) == 1
    # A key that rests for long has little that is usual, and a few uses are no rush.
    uses(2000, 9)
    assert len(alerts(events)) == 1
    uses(2001, 60)
    assert len(alerts(events)) == 2
    for wrong in ({"times_usual": 1.0}, {"learned_from": -1}):
        with pytest.raises(ValueError, match=r"usual|below 0"):
            Thresholds(**wrong)
