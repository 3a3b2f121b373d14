"""Re-encryption that is known to the store, reactivation by deadline, and questions to a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from keyaudit.remediation import (
    KeyInUseError,
    KeyManager,
    KeyPolicy,
    KeyStateError,
    NoEnvelopes,
    UnknownKeyError,
)
from keyaudit.remediation.lifecycle import reencryption
from tests.remediation.lifecycle import CONTEXT, START, Clock, Saved, approve, retired, root

HOUR = timedelta(hours=1)


def saved(row: int, old: bytes, new: bytes) -> bool:
    """Saves nothing, and says so to nobody."""
    return True


def schedule(manager: KeyManager) -> None:
    manager.schedule_destruction(
        "orders", 1, by="ann", why="moved", envelopes=NoEnvelopes(), days=7
    )


def test_no_version_is_destroyed_while_a_reencryption_is_cut_short(
    manager: KeyManager, clock: Clock
) -> None:
    rows = Saved({7: retired(manager)})

    def fail(row: int, old: bytes, new: bytes) -> bool:
        raise OSError("the disk is full")

    def run(save: Callable[[int, bytes, bytes], bool]) -> None:
        manager.reencrypt(
            "orders",
            [(n, envelope, CONTEXT) for n, envelope in rows.items()],
            save,
            by="ann",
            job="mail",
        )

    with pytest.raises(OSError, match="disk"):
        run(fail)
    (job,) = manager.reencryptions("orders")
    assert (job.job, job.target, job.started, job.started_by) == ("mail", 2, START, "ann")
    assert job.is_open
    assert job.finished is None
    with pytest.raises(KeyInUseError) as caught:
        schedule(manager)
    assert caught.value.usages == ("re-encryption 'mail' was not finished",)
    clock.move(hours=1)
    run(rows.save)
    (job,) = manager.reencryptions("orders")
    assert (job.moved, job.skipped, job.failed, job.finished) == (1, 0, 0, START + HOUR)
    assert not job.is_open
    schedule(manager)


def test_what_could_not_be_moved_stands_in_the_way_until_it_is_given_up(
    manager: KeyManager,
) -> None:
    retired(manager)
    manager.reencrypt("orders", [(1, b"junk", CONTEXT)], saved, by="ann", job="default")
    with pytest.raises(KeyInUseError, match="'default' left 1 unmoved"):
        schedule(manager)
    with pytest.raises(ValueError, match="why"):
        manager.abandon_reencryption("orders", "default", by="ann", why=" ")
    with pytest.raises(UnknownKeyError):
        manager.abandon_reencryption("orders", "other", by="ann", why="none")
    manager.abandon_reencryption("orders", "default", by="ann", why="that file was no envelope")
    schedule(manager)
    record = manager.audit()[-2]
    assert (record.action, record.detail["why"]) == (
        "abandon-reencryption", "that file was no envelope",
    )  # fmt: skip


def test_how_far_a_job_is_can_be_seen_from_elsewhere(
    manager: KeyManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reencryption, "NOTED_EVERY", 3)
    envelope = retired(manager)
    seen = []

    def envelopes() -> Iterator[tuple[int, bytes, dict[str, str]]]:
        for n in range(8):
            yield n, envelope, CONTEXT
            seen.append(manager.reencryptions("orders")[0].moved)

    manager.reencrypt("orders", envelopes(), saved, by="ann", job="mail")
    assert sorted(set(seen)) == [0, 3, 6]


def test_a_reactivation_without_a_block_ends_by_its_deadline(
    manager: KeyManager, clock: Clock
) -> None:
    envelope = retired(manager)
    cipher = manager.cipher("orders")
    manager.archive("orders", 1, by="ann", why="old")
    version = manager.reactivate_until("orders", 1, by="bob", why="ticket 7", for_=HOUR)
    assert version.reactivated_until == START + HOUR
    assert cipher.decrypt(envelope, CONTEXT) == b"data"
    assert manager.end_overdue(by="timer") == ()
    clock.move(hours=1)
    with pytest.raises(KeyStateError, match="archived"):
        cipher.decrypt(envelope, CONTEXT)
    length = len(manager.audit())
    assert [v.number for v in manager.end_overdue(by="timer")] == [1]
    assert manager.end_overdue(by="timer") == ()
    record = manager.audit()[-1]
    assert (record.action, record.actor, len(manager.audit())) == (
        "reactivation-ended", "timer", length + 1,
    )  # fmt: skip
    assert record.detail["deadline"] == (START + HOUR).isoformat(timespec="microseconds")


def test_a_reactivation_can_be_ended_before(manager: KeyManager) -> None:
    envelope = retired(manager)
    manager.archive("orders", 1, by="ann", why="old")
    manager.reactivate_until("orders", 1, by="bob", why="ticket 7", for_=HOUR)
    with pytest.raises(ValueError, match="who acts"):
        manager.end_reactivation("orders", 1, by="")
    assert manager.end_reactivation("orders", 1, by="bob").reactivated_until is None
    with pytest.raises(KeyStateError, match="archived"):
        manager.cipher("orders").decrypt(envelope, CONTEXT)
    with pytest.raises(KeyStateError, match="not reactivated"):
        manager.end_reactivation("orders", 1, by="bob")


def test_the_end_of_one_reactivation_does_not_end_another(
    manager: KeyManager, clock: Clock
) -> None:
    envelope = retired(manager)
    manager.archive("orders", 1, by="ann", why="old")
    with manager.reactivate("orders", 1, by="bob", why="ticket 7", for_=HOUR):
        clock.move(hours=2)
        manager.reactivate_until("orders", 1, by="cyd", why="ticket 8", for_=HOUR)
    assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"


def test_a_store_answers_questions(manager: KeyManager) -> None:
    policy = KeyPolicy(timedelta(days=90), 2, START)
    manager.create_key("orders", by="ann", policy=policy)
    manager.set_alias("sales", "orders", by="ann")
    approve(manager, by="cyd")
    approve(manager, by="bob")
    assert manager.policy("sales") == policy
    assert manager.aliases("orders") == ("sales",)
    assert manager.requests("orders")[0].approved_by == ("bob", "cyd")
    assert manager.reencryptions("orders") == ()
    for ask in (manager.policy, manager.aliases, manager.reencryptions):
        with pytest.raises(UnknownKeyError):
            ask("none")
    with pytest.raises(ValueError, match="key or alias"):
        manager.create_key("sales", by="ann")
    assert manager.audit()[1].detail == {
        "cryptoperiod": 90 * 86400.0,
        "when_over": "warn",
        "approvals": 2,
        "approvers": "{}",
        "retain_until": START.isoformat(timespec="microseconds"),
    }


def test_nothing_is_wrapped_under_a_root_key_that_another_process_replaced(
    manager: KeyManager, place: str, clock: Clock
) -> None:
    """It would be lost with the old root key."""
    envelope = retired(manager)
    with KeyManager.open(place, root(), clock=clock) as other:
        cipher = other.cipher("orders")
        manager.change_root(root(bytes(32), "new-root"), by="ann")
        for verb in (
            lambda: other.rotate("orders", by="bob"),
            lambda: other.create_key("mail", by="bob"),
            lambda: other.compromise("orders", 2, by="bob", why="lost"),
            lambda: cipher.encrypt(b"data", CONTEXT),
            lambda: cipher.decrypt(envelope, CONTEXT),
        ):
            with pytest.raises(UnknownKeyError, match="root key is 'new-root'"):
                verb()
    assert manager.rotate("orders", by="ann").number == 3
    assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
