"""Encrypting while others rotate, writing while others re-encrypt, key services that hang."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from keyaudit.remediation import (
    BackendError,
    ClosedKeyError,
    DataKeyCache,
    KeyInUseError,
    KeyManager,
    KeyState,
    KeyStateError,
    LocalKey,
    NoEnvelopes,
    PerProcess,
    SecureKey,
    read_header,
)
from keyaudit.remediation.wrapping.context import Context
from tests.remediation.lifecycle import CONTEXT, ROOT, Clock, Saved, approve, retired, root

EACH = 8


def rotating(place: str) -> int:
    with KeyManager.open(place, root()) as manager:
        return len([manager.rotate("orders", by="process") for _ in range(EACH)])


def encrypting(place: str) -> int:
    with KeyManager.open(place, root()) as manager:
        cipher = manager.cipher("orders")
        done = 0
        for number in range(EACH * 4):
            data = b"%d" % number
            done += cipher.decrypt(cipher.encrypt(data, CONTEXT), CONTEXT) == data
        return done


def test_8_processes_rotate_while_8_encrypt(place: str) -> None:
    with KeyManager.create(place, root()) as manager:
        manager.create_key("orders", by="ann")
    with ProcessPoolExecutor(16, mp_context=multiprocessing.get_context("fork")) as pool:
        rotations = [pool.submit(rotating, place) for _ in range(8)]
        messages = [pool.submit(encrypting, place) for _ in range(8)]
        assert sum(each.result() for each in rotations) == 8 * EACH
        assert sum(each.result() for each in messages) == 8 * EACH * 4
    with KeyManager.open(place, root()) as manager:
        versions = manager.versions("orders")
        assert [v.number for v in versions if v.is_primary] == [8 * EACH + 1]
        manager.audit()


class Slow(LocalKey):
    """A root key whose service hangs when it is asked to unwrap a version's key."""

    def __init__(self) -> None:
        super().__init__(SecureKey.copy_of(ROOT), "root")
        self.hangs = threading.Event()
        self.asked = threading.Event()
        self.calls = 0

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        self.calls += 1
        if self.hangs.is_set() and context["what"] == "material":
            self.asked.set()
            deadline = time.monotonic() + 60
            while self.hangs.is_set() and time.monotonic() < deadline:
                time.sleep(0.01)
        return super().unwrap(wrapped, context)


def test_a_key_service_that_hangs_blocks_no_operator(place: str, clock: Clock) -> None:
    slow = Slow()
    with KeyManager.create(place, slow, clock=clock) as manager:
        envelope = retired(manager)
        manager._keys.revoke()
        slow.hangs.set()
        with ThreadPoolExecutor(1) as pool:
            message = pool.submit(manager.cipher("orders").decrypt, envelope, CONTEXT)
            assert slow.asked.wait(60)
            done = manager.compromise("orders", 1, by="ann", why="lost")
            assert done.state is KeyState.COMPROMISED
            slow.hangs.clear()
            assert message.result(60) == b"data"  # it had begun before
        with pytest.raises(KeyStateError, match="compromised"):
            manager.cipher("orders").decrypt(envelope, CONTEXT)


def test_a_key_service_that_is_away_keeps_nobody_from_marking_a_compromise(
    place: str, clock: Clock
) -> None:
    class Away(Slow):
        is_away = False

        def new_data_key(self, context: Context) -> tuple[SecureKey, bytes]:
            if self.is_away:
                raise BackendError("the service is away")
            return super().new_data_key(context)

    away = Away()
    with KeyManager.create(place, away, clock=clock) as manager:
        manager.create_key("orders", by="ann")
        away.is_away = True
        manager.compromise("orders", 1, by="ann", why="lost")
        with pytest.raises(KeyStateError, match="rotate"):
            manager.cipher("orders").encrypt(b"data", CONTEXT)
        away.is_away = False
        assert manager.rotate("orders", by="ann").number == 2
        manager.cipher("orders").encrypt(b"data", CONTEXT)


def test_a_message_costs_no_call_to_the_root_key(place: str, clock: Clock) -> None:
    slow = Slow()
    with KeyManager.create(place, slow, clock=clock) as manager:
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")
        envelope = cipher.encrypt(b"data", CONTEXT)
        before = slow.calls
        for _ in range(20):
            cipher.decrypt(cipher.encrypt(b"data", CONTEXT), CONTEXT)
            cipher.decrypt(envelope, CONTEXT)
        assert slow.calls == before


def hide(manager: KeyManager, how: str) -> None:
    """Make version 1 one that opens nothing."""
    if how == "compromised":
        manager.compromise("orders", 1, by="ann", why="lost")
    elif how == "archived again":
        manager.archive("orders", 1, by="ann", why="old")
    else:
        approve(manager)
        manager.schedule_destruction(
            "orders", 1, by="ann", why="w", days=7, envelopes=NoEnvelopes()
        )


@pytest.mark.parametrize("how", ["compromised", "archived again", "scheduled"])
def test_what_a_cache_holds_opens_nothing_its_state_forbids(
    how: str, manager: KeyManager, place: str, clock: Clock
) -> None:
    cache = DataKeyCache()
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders", cache=cache)
    envelope = cipher.encrypt(b"data", CONTEXT)
    cipher.decrypt(envelope, CONTEXT)
    manager.rotate("orders", by="ann")
    assert cipher.decrypt(envelope, CONTEXT) == b"data"
    with KeyManager.open(place, root(), clock=clock) as other:
        hide(other, how)
    for _ in range(2):
        with pytest.raises(KeyStateError):
            cipher.decrypt(envelope, CONTEXT)
    assert len(cache) > 0


def test_a_cache_lets_go_of_keys_when_nobody_uses_it() -> None:
    cache = DataKeyCache(max_age=0.05)
    with LocalKey.generate() as kek:
        key, wrapped = kek.new_data_key({})
        with cache.encryption_key("id", b"", 1, lambda: (key, wrapped)):
            assert len(cache) == 1
        deadline = time.monotonic() + 60
        while len(cache) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(cache) == 0
    assert key.closed
    with pytest.raises(ValueError, match="3600"):
        DataKeyCache(max_age=3601)


def test_a_write_in_between_is_read_again_and_counted(manager: KeyManager) -> None:
    first = retired(manager)
    cipher = manager.cipher("orders")
    meanwhile = cipher.encrypt(b"written meanwhile", CONTEXT)
    rows = Saved({1: meanwhile})
    kept = manager.reencrypt("orders", [(1, first, CONTEXT)], rows.save, by="ann", job="mail")
    assert (kept.moved, kept.changed, kept.finished) == (0, 1, False)
    assert kept.failed[0][0] == 1
    with pytest.raises(KeyInUseError, match="'mail' left 1 unmoved"):
        manager.schedule_destruction("orders", 1, by="ann", why="w", envelopes=NoEnvelopes())
    again = manager.reencrypt(
        "orders", [(1, first, CONTEXT)], rows.save, by="ann", job="mail", load=rows.get
    )
    assert (again.moved, again.skipped, again.changed, again.finished) == (0, 1, 1, True)
    assert cipher.decrypt(rows[1], CONTEXT) == b"written meanwhile"


def test_save_says_whether_it_did(manager: KeyManager) -> None:
    envelope = retired(manager)
    rows: dict[int, bytes] = {}

    def forgets(name: int, old: bytes, new: bytes) -> bool:
        rows[name] = new
        return None  # type: ignore[return-value]

    with pytest.raises(TypeError, match="True or False"):
        manager.reencrypt("orders", [(1, envelope, CONTEXT)], forgets, by="ann", job="mail")
    with pytest.raises(TypeError):
        manager.reencrypt("orders", [], rows.__setitem__, by="ann")  # type: ignore[call-arg, arg-type]
    assert manager.reencryptions("orders")[0].is_open


def test_a_run_closes_only_what_it_covered(manager: KeyManager) -> None:
    envelope = retired(manager)
    cipher = manager.cipher("orders")
    rows = Saved(dict.fromkeys(range(5), envelope))
    items = [(n, envelope, CONTEXT) for n in range(5)]

    def breaks(name: int, old: bytes, new: bytes) -> bool:
        if name == 4:
            raise OSError("cut short")
        return rows.save(name, old, new)

    from keyaudit.remediation.lifecycle import reencryption

    noted, reencryption.NOTED_EVERY = reencryption.NOTED_EVERY, 1
    try:
        with pytest.raises(OSError, match="cut short"):
            manager.reencrypt("orders", items, breaks, by="ann", job="mail")
    finally:
        reencryption.NOTED_EVERY = noted
    part = manager.reencrypt("orders", items[:2], rows.save, by="ann", job="mail")
    assert not part.finished
    assert manager.reencryptions("orders")[0].is_open
    current = [(n, rows[n], CONTEXT) for n in range(5)]
    assert manager.reencrypt("orders", current, rows.save, by="ann", job="mail").finished
    current = [(n, rows[n], CONTEXT) for n in range(5)]
    # A run over other names does not make good what failed in one before.
    bad = manager.reencrypt("orders", [(7, b"junk", CONTEXT)], rows.save, by="ann", job="mail")
    assert not bad.finished
    rest = manager.reencrypt("orders", current, rows.save, by="ann", job="mail")
    assert (rest.failed, rest.finished) == ((), False)
    rows[7] = cipher.encrypt(b"made good", CONTEXT)
    good = [*current, (7, rows[7], CONTEXT)]
    assert manager.reencrypt("orders", good, rows.save, by="ann", job="mail").finished


def test_two_runs_of_one_job_do_not_close_each_other(manager: KeyManager) -> None:
    envelope = retired(manager)
    rows = Saved({1: envelope, 2: envelope})

    def begins_another(name: int, old: bytes, new: bytes) -> bool:
        manager.reencrypt("orders", [(2, envelope, CONTEXT)], rows.save, by="bob", job="mail")
        return rows.save(name, old, new)

    with pytest.raises(KeyStateError, match="begun again by somebody else"):
        manager.reencrypt("orders", [(1, envelope, CONTEXT)], begins_another, by="a", job="mail")


def in_child(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_is_told_what_to_do_and_harms_nobody(place: str) -> None:
    with KeyManager.create(place, root()) as manager:
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")
        envelope = cipher.encrypt(b"data", CONTEXT)

        def use_what_was_inherited() -> None:
            for verb in (
                lambda: cipher.decrypt(envelope, CONTEXT),
                lambda: manager.rotate("orders", by="child"),
            ):
                with pytest.raises(ClosedKeyError, match="post_fork"):
                    verb()
            manager.close()

        for _ in range(3):
            assert in_child(use_what_was_inherited) == 0
            assert cipher.decrypt(envelope, CONTEXT) == b"data"
        assert manager.rotate("orders", by="ann").number == 2
        manager.audit()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_workers_open_the_store_by_themselves(place: str) -> None:
    KeyManager.create(place, root()).close()
    managers = PerProcess(lambda: KeyManager.open(place, root()))
    managers().create_key("orders", by="ann")
    envelope = managers().cipher("orders").encrypt(b"data", CONTEXT)

    def work() -> None:
        assert managers().cipher("orders").decrypt(envelope, CONTEXT) == b"data"
        managers().rotate("orders", by="child")

    assert [in_child(work) for _ in range(3)] == [0, 0, 0]
    assert managers().primary("orders").number == 4
    managers().close()
    assert read_header(envelope).key_id.startswith(managers()._store_id)


def test_a_fork_while_another_thread_uses_the_store(place: str) -> None:
    with KeyManager.create(place, root()) as manager:
        manager.create_key("orders", by="ann")
        cipher = manager.cipher("orders")
        stop = threading.Event()

        def use() -> int:
            count = 0
            while not stop.is_set():
                cipher.encrypt(b"data", CONTEXT)
                count += 1
            return count

        def try_it() -> None:
            with pytest.raises(ClosedKeyError):
                manager.primary("orders")

        with ThreadPoolExecutor(1) as pool:
            using = pool.submit(use)
            for _ in range(20):
                assert in_child(try_it) == 0
            stop.set()
            assert using.result(60) > 0
        manager.audit()
