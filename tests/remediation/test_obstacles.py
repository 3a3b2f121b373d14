"""A destruction is refused for exactly what stands in its way, and goes on once that is gone."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyaudit.remediation import KeyInUseError, KeyManager, KeyPolicy, NoEnvelopes
from tests.remediation.lifecycle import CONTEXT, START, Clock, approve, make

OBSTACLES = {
    "alias": "alias 'sales' leads to it",
    "approvals": "1 approval is missing",
    "envelopes": "1 envelope is still encrypted under it",
    "reactivation": "it is reactivated until 2026-01-08T01:00:00.000000+00:00",
    "reencryption": "re-encryption 'mail' was not finished",
    "retention": "what it opens is retained until 2026-01-15T00:00:00.000001+00:00",
}


class CutShort(Exception):  # noqa: N818
    """Ends a re-encryption."""


def put(manager: KeyManager, obstacle: str, envelope: bytes, data: list[bytes]) -> None:
    """Put one obstacle in the way of the destruction of version 1."""
    policy = manager.policy("orders")
    if obstacle == "alias":
        manager.set_alias("sales", "orders", by="ann")
    elif obstacle == "approvals":
        manager.set_policy("orders", KeyPolicy(policy.cryptoperiod, 1, policy.retain_until), by="a")
    elif obstacle == "envelopes":
        data.append(envelope)
    elif obstacle == "reactivation":
        manager.archive("orders", 1, by="ann", why="w")
        manager.reactivate_until("orders", 1, by="ann", why="w", for_=timedelta(hours=1))
    elif obstacle == "retention":
        until = START + timedelta(days=14, microseconds=1)
        manager.set_policy(
            "orders", KeyPolicy(policy.cryptoperiod, policy.approvals, until), by="ann"
        )


def clear(manager: KeyManager, obstacle: str, data: list[bytes]) -> None:
    """Take it out of the way, as people do."""
    policy = manager.policy("orders")
    if obstacle == "alias":
        manager.remove_alias("sales", by="ann")
    elif obstacle == "approvals":
        approve(manager, asks="ann")
    elif obstacle == "envelopes":
        data.clear()
    elif obstacle == "reactivation":
        manager.end_reactivation("orders", 1, by="ann")
    elif obstacle == "reencryption":
        manager.abandon_reencryption("orders", "mail", by="ann", why="gone")
    else:
        less = KeyPolicy(policy.cryptoperiod, policy.approvals)
        if policy.approvals:
            asked = manager.request_policy("orders", less, by="ann", why="it ends")
            manager.approve("orders", asked.id, by="bob")
        manager.set_policy("orders", less, by="ann")


@settings(max_examples=8)
@given(st.sets(st.sampled_from(sorted(OBSTACLES))), st.randoms())
def test_what_is_in_the_way_is_named_until_it_is_gone(obstacles: set[str], random: object) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        manager = stack.enter_context(make(Path(folder), Clock()))
        manager.create_key("orders", by="ann", policy=KeyPolicy(approvals=0))
        envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
        if "reencryption" in obstacles:
            cut_short(manager)
        else:
            manager.rotate("orders", by="ann")
        end_others(manager)
        data: list[bytes] = []
        for obstacle in sorted(obstacles):
            put(manager, obstacle, envelope, data)
        left = sorted(obstacles, key=lambda _: random.random())  # type: ignore[attr-defined]
        while left:
            with pytest.raises(KeyInUseError) as caught:
                schedule(manager, data)
            assert sorted(caught.value.usages) == sorted(OBSTACLES[each] for each in left)
            clear(manager, left.pop(), data)
        schedule(manager, data)
        assert manager.versions("orders")[0].destroy_at == START + timedelta(days=14)


def schedule(manager: KeyManager, data: list[bytes]) -> None:
    manager.schedule_destruction(
        "orders", 1, by="ann", why="w", envelopes=data or NoEnvelopes(), days=7
    )


def cut_short(manager: KeyManager) -> None:
    """Rotate, and break a re-encryption off."""
    old = manager.cipher("orders").encrypt(b"other", CONTEXT)
    manager.rotate("orders", by="ann")

    def fail(*_: object) -> bool:
        raise CutShort

    try:
        manager.reencrypt("orders", [(1, old, CONTEXT)], fail, by="ann", job="mail")
    except CutShort:
        return
    raise AssertionError


def end_others(manager: KeyManager) -> None:
    """Destroy every version but the first, so that aliases lead to that one."""
    manager.deactivate("orders", 2, by="ann", why="w")
    clock = manager._clock
    assert isinstance(clock, Clock)
    manager.schedule_destruction("orders", 2, by="ann", why="w", envelopes=NoEnvelopes(), days=7)
    clock.move(days=7)
    manager.destroy("orders", 2, by="ann", envelopes=NoEnvelopes())
