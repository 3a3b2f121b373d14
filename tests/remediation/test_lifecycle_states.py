"""Any order of verbs keeps to the states of SP 800-57 and to what each state allows."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from keyaudit.remediation import KeyManager, KeyPolicy, KeyState, KeyStateError, NoEnvelopes
from tests.remediation import postgresql
from tests.remediation.lifecycle import Clock, root

CONTEXT = {"user": "1234"}
S = KeyState
# Written down from SP 800-57 Part 1 Rev. 5, 7, apart from the code under test.
WAYS = {
    (S.PRE_ACTIVATION, S.ACTIVE),
    (S.PRE_ACTIVATION, S.COMPROMISED),
    (S.PRE_ACTIVATION, S.DESTROYED),
    (S.ACTIVE, S.SUSPENDED),
    (S.ACTIVE, S.DEACTIVATED),
    (S.ACTIVE, S.COMPROMISED),
    (S.SUSPENDED, S.ACTIVE),
    (S.SUSPENDED, S.DEACTIVATED),
    (S.SUSPENDED, S.COMPROMISED),
    (S.SUSPENDED, S.DESTROYED),
    (S.DEACTIVATED, S.COMPROMISED),
    (S.DEACTIVATED, S.DESTROYED),
    (S.COMPROMISED, S.DESTROYED),
}


@dataclass
class Model:
    """What a version should be like."""

    state: KeyState
    archived: bool = False
    scheduled: bool = False
    known: bool = False
    envelope: bytes | None = None


class Lifecycle(RuleBasedStateMachine):
    """The verbs in any order, against a model of the versions."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.place = self.new_place()
        self.manager = KeyManager.create(self.place, root(), clock=self.clock)
        policy = KeyPolicy(approvals=0)
        self.manager.create_key("orders", by="ann", policy=policy, activate=False)
        self.versions = {1: Model(S.PRE_ACTIVATION)}
        self.primary: int | None = None

    def new_place(self) -> str:
        self.folder = tempfile.mkdtemp()
        return f"{self.folder}/keys.db"

    def teardown(self) -> None:
        self.manager.close()
        shutil.rmtree(self.folder)

    def pick(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.versions)))

    def attempt(self, number: int, new: KeyState, verb: Callable[[], object]) -> bool:
        """Try a transition; it works if and only if there is such a way."""
        model = self.versions[number]
        if (model.state, new) in WAYS and not (model.scheduled and new is S.ACTIVE):
            verb()
            model.state = new
            return True
        with contextlib.suppress(KeyStateError):
            verb()
            raise AssertionError(f"{model.state} became {new}")
        return False

    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        number = self.pick(data)
        verb = lambda: self.manager.activate("orders", number, by="ann")  # noqa: E731
        if self.attempt(number, S.ACTIVE, verb) and (
            self.primary is None
            or self.versions[self.primary].state is not S.ACTIVE
            or self.primary == number
        ):
            self.primary = number

    @rule(data=st.data())
    def suspend(self, data: st.DataObject) -> None:
        number = self.pick(data)
        self.attempt(
            number, S.SUSPENDED, lambda: self.manager.suspend("orders", number, by="a", why="w")
        )

    @rule(data=st.data())
    def deactivate(self, data: st.DataObject) -> None:
        number = self.pick(data)
        self.attempt(
            number,
            S.DEACTIVATED,
            lambda: self.manager.deactivate("orders", number, by="a", why="w"),
        )

    @rule(data=st.data())
    def compromise(self, data: st.DataObject) -> None:
        number = self.pick(data)
        verb = lambda: self.manager.compromise("orders", number, by="a", why="w")  # noqa: E731
        model = self.versions[number]
        if model.state is S.DESTROYED and not model.known:
            self.manager.compromise("orders", number, by="a", why="w")
            model.known = True
        elif self.attempt(number, S.COMPROMISED, verb):
            model.known = True
            if self.primary == number:
                self.add()

    @rule()
    @precondition(lambda self: len(self.versions) < 6)
    def rotate(self) -> None:
        self.manager.rotate("orders", by="ann")
        if self.primary is not None:
            old = self.versions[self.primary]
            if old.state in (S.ACTIVE, S.SUSPENDED):
                old.state = S.DEACTIVATED
        self.add()

    def add(self) -> None:
        self.primary = max(self.versions) + 1
        self.versions[self.primary] = Model(S.ACTIVE)

    @rule()
    def protect(self) -> None:
        works = self.primary is not None and self.versions[self.primary].state is S.ACTIVE
        try:
            envelope = self.manager.cipher("orders").encrypt(b"data", CONTEXT)
        except KeyStateError:
            assert not works
            return
        assert works
        assert self.primary is not None
        self.versions[self.primary].envelope = envelope

    @rule(data=st.data())
    def archive(self, data: st.DataObject) -> None:
        number = self.pick(data)
        model = self.versions[number]
        allowed = model.state in (S.DEACTIVATED, S.COMPROMISED) and not model.archived
        try:
            self.manager.archive("orders", number, by="ann", why="old")
        except KeyStateError:
            assert not allowed
            return
        assert allowed
        model.archived = True

    @rule(data=st.data())
    def reactivate(self, data: st.DataObject) -> None:
        number = self.pick(data)
        model = self.versions[number]
        allowed = not model.scheduled and (
            model.state is S.COMPROMISED or (model.archived and model.state is not S.DESTROYED)
        )
        hour = timedelta(hours=1)
        try:
            with self.manager.reactivate("orders", number, by="a", why="w", for_=hour):
                assert allowed
                if model.envelope:
                    assert self.manager.cipher("orders").decrypt(model.envelope, CONTEXT) == b"data"
        except KeyStateError:
            assert not allowed

    @rule(data=st.data(), days=st.integers(7, 30))
    def schedule(self, data: st.DataObject, days: int) -> None:
        number = self.pick(data)
        model = self.versions[number]
        allowed = (model.state, S.DESTROYED) in WAYS and not model.scheduled
        try:
            self.manager.schedule_destruction(
                "orders", number, by="ann", why="w", days=days, envelopes=NoEnvelopes()
            )
        except KeyStateError:
            assert not allowed
            return
        assert allowed
        model.scheduled = True

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        number = self.pick(data)
        model = self.versions[number]
        try:
            self.manager.cancel_destruction("orders", number, by="ann")
        except KeyStateError:
            assert not model.scheduled
            return
        assert model.scheduled
        model.scheduled = False

    @rule(data=st.data())
    def destroy(self, data: st.DataObject) -> None:
        number = self.pick(data)
        model = self.versions[number]
        version = self.manager.versions("orders")[number - 1]
        due = version.destroy_at is not None and self.clock.now >= version.destroy_at
        allowed = model.scheduled and due and (model.state, S.DESTROYED) in WAYS
        try:
            self.manager.destroy("orders", number, by="ann", envelopes=NoEnvelopes())
        except KeyStateError:
            assert not allowed
            return
        assert allowed
        model.state, model.scheduled = S.DESTROYED, False

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.clock.move(days=days)

    @rule()
    def reopen(self) -> None:
        self.manager.close()
        self.manager = KeyManager.open(self.place, root(), clock=self.clock)

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        found = self.manager.versions("orders")
        assert {v.number: v.state for v in found} == {
            number: model.state for number, model in self.versions.items()
        }
        assert [v.number for v in found if v.is_primary] == (
            [] if self.primary is None else [self.primary]
        )

    @invariant()
    def old_data_opens_as_its_versions_state_allows(self) -> None:
        for model in self.versions.values():
            if model.envelope is None:
                continue
            opens = not model.scheduled and (
                model.state is S.ACTIVE or (model.state is S.DEACTIVATED and not model.archived)
            )
            try:
                data = self.manager.cipher("orders").decrypt(model.envelope, CONTEXT)
            except KeyStateError:
                assert not opens
            else:
                assert opens
                assert data == b"data"

    @invariant()
    def the_log_is_whole(self) -> None:
        self.manager.audit()


def test_the_same_holds_in_postgresql(database: str) -> None:
    class InPostgresql(Lifecycle):
        def new_place(self) -> str:
            postgresql.clear(database)
            return database

        def teardown(self) -> None:
            self.manager.close()

    run_state_machine_as_test(
        InPostgresql, settings=settings(max_examples=4, stateful_step_count=20, deadline=None)
    )


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
