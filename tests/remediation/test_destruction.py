"""Keys on their way to their certified end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyaudit.remediation import (
    DecryptionError,
    KeyInUseError,
    KeyManager,
    KeyPolicy,
    KeyState,
    KeyStateError,
    NoEnvelopes,
    RecordFormatError,
    WeakParameterError,
    verify_certificate,
)
from tests.remediation.lifecycle import CONTEXT, START, Clock, make, retired

HOUR = timedelta(hours=1)


def schedule(
    manager: KeyManager, days: int = 7, envelopes: Iterable[bytes] = NoEnvelopes()
) -> None:
    manager.schedule_destruction(
        "orders", 1, by="ann", why="all data moved", days=days, envelopes=envelopes
    )


def test_destruction_waits_and_is_certified(manager: KeyManager, clock: Clock) -> None:
    envelope = retired(manager)
    schedule(manager)
    version = manager.versions("orders")[0]
    assert version.destroy_at == START + timedelta(days=7)
    with pytest.raises(KeyStateError, match="to be destroyed"):
        manager.cipher("orders").decrypt(envelope, CONTEXT)
    clock.move(days=6, hours=23)
    with pytest.raises(KeyStateError, match="is destroyed on 2026-01-08"):
        manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
    clock.move(hours=1)
    certificate = manager.destroy("orders", 1, by="cyd", envelopes=NoEnvelopes())
    facts = verify_certificate(certificate, manager.certificate_key)
    assert (facts["id"], facts["destroyed_by"], facts["scheduled_by"]) == (version.id, "cyd", "ann")
    assert facts["approved_by"] == ["bob"]
    assert facts["why"] == "all data moved"
    assert manager.audit()[facts["audit_record"] - 1].action == "destroy"
    version = manager.versions("orders")[0]
    assert (version.state, version.certificate) == (KeyState.DESTROYED, certificate)
    with pytest.raises(KeyStateError):
        manager.cipher("orders").decrypt(envelope, CONTEXT)
    with pytest.raises(KeyStateError):
        manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
    with pytest.raises(KeyStateError):
        manager.activate("orders", 1, by="ann")
    late = manager.compromise("orders", 1, by="ann", why="found out late")
    assert (late.state, late.compromised) == (KeyState.DESTROYED, clock.now)
    with pytest.raises(KeyStateError):
        manager.compromise("orders", 1, by="ann", why="again")


def test_the_wrapped_key_is_gone_from_the_file(
    file_manager: KeyManager, clock: Clock, tmp_path: Path
) -> None:
    retired(file_manager)
    with sqlite3.connect(tmp_path / "keys.db") as connection:
        (wrapped,) = connection.execute("SELECT material FROM versions WHERE number = 1").fetchone()
    connection.close()
    assert wrapped in (tmp_path / "keys.db").read_bytes()
    schedule(file_manager)
    clock.move(days=7)
    file_manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
    assert wrapped not in (tmp_path / "keys.db").read_bytes()
    assert wrapped[8:40] not in (tmp_path / "keys.db").read_bytes()


def test_destruction_can_be_cancelled(manager: KeyManager) -> None:
    envelope = retired(manager)
    schedule(manager)
    with pytest.raises(KeyStateError, match="already"):
        schedule(manager)
    manager.cancel_destruction("orders", 1, by="bob")
    assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
    with pytest.raises(KeyStateError, match="no destruction"):
        manager.cancel_destruction("orders", 1, by="bob")
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        schedule(manager)


def test_the_wait_is_7_to_30_days(manager: KeyManager) -> None:
    retired(manager)
    for days in (6, 31):
        with pytest.raises(WeakParameterError, match="7 to 30 days"):
            schedule(manager, days)
    schedule(manager, 30)


def test_envelopes_under_the_version_refuse_its_destruction(
    manager: KeyManager, clock: Clock
) -> None:
    old = retired(manager)
    new = manager.cipher("orders").rewrap(old, CONTEXT)
    with pytest.raises(KeyInUseError) as error:
        schedule(manager, envelopes=(old, new, old))
    assert error.value.usages == ("2 envelopes are still encrypted under it",)
    schedule(manager, envelopes=(new,))
    clock.move(days=7)
    with pytest.raises(KeyInUseError, match="1 envelope is"):
        manager.destroy("orders", 1, by="ann", envelopes=[old])
    manager.destroy("orders", 1, by="ann", envelopes=[new])


def test_all_that_is_found_is_named(manager: KeyManager) -> None:
    policy = KeyPolicy(approvals=2, retain_until=datetime(2030, 1, 1, tzinfo=UTC))
    manager.create_key("orders", by="ann", policy=policy)
    manager.set_alias("current", "orders", by="ann")
    manager.deactivate("orders", 1, by="ann", why="the product ends")
    manager.archive("orders", 1, by="ann", why="the product ends")
    asked = manager.request_destruction("orders", 1, by="ann", why="the product ends")
    with pytest.raises(KeyStateError, match="asked for it"):
        manager.approve("orders", asked.id, by="Ann")  # their own yes does not count
    with (
        manager.reactivate("orders", 1, by="ann", why="export", for_=HOUR),
        pytest.raises(KeyInUseError) as error,
    ):
        schedule(manager)
    assert error.value.usages == (
        "alias 'current' leads to it",
        "what it opens is retained until 2030-01-01T00:00:00.000000+00:00",
        "it is reactivated until 2026-01-01T01:00:00.000000+00:00",
        "2 approvals are missing",
    )
    manager.remove_alias("current", by="ann")
    with pytest.raises(KeyInUseError, match="2 approvals are missing"):
        manager.set_policy("orders", KeyPolicy(approvals=0), by="ann")
    easier = manager.request_policy("orders", KeyPolicy(approvals=0), by="ann", why="it ends")
    for approver in ("bob", "cyd"):
        manager.approve("orders", easier.id, by=approver)
    manager.set_policy("orders", KeyPolicy(approvals=0), by="ann")
    schedule(manager)


def test_an_active_version_is_not_destroyed(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann", policy=KeyPolicy(approvals=0))
    with pytest.raises(KeyStateError, match="active and cannot become destroyed"):
        schedule(manager)


def test_certificates_are_not_forged(manager: KeyManager, clock: Clock, tmp_path: Path) -> None:
    retired(manager)
    schedule(manager)
    clock.move(days=7)
    certificate = manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
    changed = certificate.replace('"destroyed_by": "ann"', '"destroyed_by": "eve"')
    assert changed != certificate
    with pytest.raises(DecryptionError):
        verify_certificate(changed, manager.certificate_key)
    (tmp_path / "other").mkdir()
    with make(tmp_path / "other", clock) as other, pytest.raises(DecryptionError):
        verify_certificate(certificate, other.certificate_key)
    for junk in ("", "[]", "{}", json.dumps({"signature": "AA==", "kind": "other"})):
        with pytest.raises(RecordFormatError):
            verify_certificate(junk, manager.certificate_key)
