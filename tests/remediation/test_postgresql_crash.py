"""A process killed as it sends anything to PostgreSQL leaves the store as before or as after."""

from __future__ import annotations

import pytest

from keyaudit.remediation import KeyManager
from tests.remediation import postgresql
from tests.remediation.crashing import VERBS, check_keys, facts, prepare, reopen
from tests.remediation.killing import SENDING, SUPPORTED, killed_after
from tests.remediation.lifecycle import Clock, root

pytestmark = pytest.mark.skipif(not SUPPORTED, reason="traces system calls on Linux")


@pytest.fixture(scope="module")
def prepared(postgresql_server: str) -> tuple[str, list[bytes], Clock]:
    """The name of a database with a store of `prepare`'s, its envelopes and its clock."""
    clock = Clock()
    with KeyManager.create(
        postgresql.new_database(postgresql_server, "prepared"), root(), clock=clock
    ) as m:
        return "prepared", prepare(m, clock), clock


@pytest.mark.parametrize("verb", ["rotate", "archive", "destroy"])
def test_a_kill_at_any_statement_leaves_before_or_after(
    verb: str, postgresql_server: str, prepared: tuple[str, list[bytes], Clock]
) -> None:
    source, envelopes, clock = prepared

    def fresh() -> str:
        postgresql.wait_for_sessions_to_end(postgresql_server, source)
        return postgresql.new_database(postgresql_server, "crashed", source)

    def opened() -> KeyManager:
        return KeyManager.open(f"{postgresql_server}/crashed", root(), clock=clock)

    place = fresh()
    with reopen(place, clock) as manager:
        before = facts(manager)
        VERBS[verb](manager)
    with reopen(place, clock) as manager:
        after = facts(manager)
    assert before != after
    place = fresh()
    seen: list[bool] = []
    while True:
        killed = killed_after(opened, len(seen), VERBS[verb], SENDING)
        postgresql.wait_for_sessions_to_end(postgresql_server, "crashed")
        with reopen(place, clock) as manager:
            found = facts(manager)
            assert found in (before, after)
            check_keys(manager, envelopes)
            changed = len(manager.audit()) > before[1]
        seen.append(found == after)
        if changed:
            place = fresh()
        if not killed:
            break
    assert seen[0] is False
    assert seen[-1] is True
    assert len(seen) >= 6


def test_a_kill_while_a_store_is_made_leaves_a_whole_one_or_none(database: str) -> None:
    seen: list[bool] = []
    # Every second statement: before the last, all are alike.
    while killed_after(root, 2 * len(seen), lambda key: KeyManager.create(database, key), SENDING):
        postgresql.clear(database, only_sessions=True)
        try:
            with KeyManager.open(database, root()) as manager:
                assert len(manager.audit()) == 1
            seen.append(True)
        except FileNotFoundError:
            seen.append(False)
        postgresql.clear(database)
    assert set(seen) == {False, True}
