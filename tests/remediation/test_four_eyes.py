"""Who asked for what, and whose yes counts for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keyaudit.remediation import (
    DecryptionError,
    KeyInUseError,
    KeyManager,
    KeyPolicy,
    KeyStateError,
    NoEnvelopes,
    PurposeError,
    UnknownKeyError,
    approval_message,
)
from keyaudit.remediation.lifecycle.records import check_actor
from tests.remediation.lifecycle import Clock, approve, retired


def schedule(manager: KeyManager, by: str = "ann") -> None:
    manager.schedule_destruction("orders", 1, by=by, why="moved", envelopes=NoEnvelopes(), days=7)


@pytest.mark.parametrize(
    "spelling",
    ["Bob", " bob ", "BOB", "\N{FULLWIDTH LATIN SMALL LETTER B}ob", "bob\N{NO-BREAK SPACE}"],
)
def test_two_spellings_are_one_person(spelling: str, manager: KeyManager) -> None:
    manager.create_key("orders", by="ann", policy=KeyPolicy(approvals=2))
    manager.rotate("orders", by="ann")
    approve(manager, by="bob")
    if spelling.isprintable():
        approve(manager, by=spelling)
    assert manager.requests("orders")[0].approved_by == ("bob",)
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        schedule(manager)


@pytest.mark.parametrize(
    "name", ["bo\u200bb", "bob\n", "b\x1b[31mob", "bob\u202e", "\x7f", "x" * 201]
)
def test_a_name_that_hides_in_a_log_is_refused(name: str, manager: KeyManager) -> None:
    with pytest.raises(ValueError, match="who acts"):
        manager.create_key("orders", by=name)
    with pytest.raises(ValueError, match="one line"):
        manager.rotate("orders", by="ann", why="one\ntwo")


@given(st.text(min_size=1, max_size=30))
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    try:
        normal = check_actor(name)
    except ValueError:
        return
    assert check_actor(normal) == normal
    assert check_actor(f" {name.upper()} ") == check_actor(name.upper())


def test_an_approval_is_of_one_request(manager: KeyManager, clock: Clock) -> None:
    retired(manager, approved=False)
    first = manager.request_destruction("orders", 1, by="ann", why="moved")
    manager.approve("orders", first.id, by="bob")
    second = manager.request_destruction("orders", 1, by="ann", why="another reason")
    assert manager.requests("orders") == (second,)
    assert second.approved_by == ()
    with pytest.raises(UnknownKeyError):
        manager.approve("orders", first.id, by="bob")
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        schedule(manager)
    manager.approve("orders", second.id, by="bob")
    clock.move(days=30)
    assert manager.requests("orders") == ()
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        schedule(manager)


def test_an_approval_does_not_outlive_the_state_it_was_given_in(manager: KeyManager) -> None:
    retired(manager)
    manager.compromise("orders", 1, by="ann", why="lost")
    assert manager.requests("orders") == ()


def test_an_approval_can_be_taken_back(manager: KeyManager) -> None:
    retired(manager)
    (asked,) = manager.requests("orders")
    with pytest.raises(KeyStateError, match="cyd did not approve"):
        manager.withdraw("orders", asked.id, by="cyd")
    manager.withdraw("orders", asked.id, by="Bob")
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        schedule(manager)
    manager.withdraw("orders", asked.id, by="ann")
    assert manager.requests("orders") == ()


def test_who_carries_it_out_approves_nothing(manager: KeyManager) -> None:
    retired(manager)
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        schedule(manager, by="bob")
    schedule(manager, by="cyd")


def test_a_policy_asks_for_less_only_with_its_own_approvals(manager: KeyManager) -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    policy = KeyPolicy(approvals=2, retain_until=until)
    manager.create_key("orders", by="ann", policy=policy)
    for less in (
        replace(policy, approvals=1),
        replace(policy, retain_until=None),
        replace(policy, retain_until=until - timedelta(days=1)),
    ):
        asked = manager.request_policy("orders", less, by="ann", why="w")
        manager.approve("orders", asked.id, by="bob")
        with pytest.raises(KeyInUseError, match="1 approval is missing"):
            manager.set_policy("orders", less, by="ann")
        # What was approved is this policy, and no other.
        with pytest.raises(KeyInUseError, match="2 approvals are missing"):
            manager.set_policy("orders", replace(less, approvals=0), by="ann")
        manager.approve("orders", asked.id, by="cyd")
        manager.set_policy("orders", less, by="ann")
        manager.set_policy("orders", policy, by="eve")  # more needs nobody
    manager.set_policy("orders", replace(policy, cryptoperiod=timedelta(days=30)), by="ann")


def test_approvers_sign_with_their_own_keys(manager: KeyManager) -> None:
    keys = {name: Ed25519PrivateKey.generate() for name in ("bob", "cyd")}
    public = {name: key.public_key().public_bytes_raw() for name, key in keys.items()}
    manager.create_key("orders", by="ann", policy=KeyPolicy(approvals=1, approvers=public))
    manager.rotate("orders", by="ann")
    asked = manager.request_destruction("orders", 1, by="ann", why="moved")
    message = approval_message(asked)
    with pytest.raises(PurposeError, match="eve is no approver"):
        manager.approve("orders", asked.id, by="eve", signature=keys["bob"].sign(message))
    for signature in (None, keys["cyd"].sign(message), keys["bob"].sign(message + b"x"), b""):
        with pytest.raises(DecryptionError, match="not signed by the key of bob"):
            manager.approve("orders", asked.id, by="bob", signature=signature)
    manager.approve("orders", asked.id, by="bob", signature=keys["bob"].sign(message))
    # Other approvers ask for less: whoever sets the policy could be their own approver.
    own = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        manager.set_policy("orders", KeyPolicy(approvals=1, approvers={"bob": own}), by="ann")
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        manager.set_policy("orders", KeyPolicy(approvals=1), by="ann")
    schedule(manager)
    with pytest.raises(ValueError, match="32 bytes"):
        KeyPolicy(approvers={"bob": b"short"}).check()
