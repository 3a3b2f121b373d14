"""Keys from their making to their archive."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from keyaudit.remediation import (
    DataKeyCache,
    DecryptionError,
    KeyManager,
    KeyPolicy,
    KeyState,
    KeyStateError,
    StoreError,
    UnknownKeyError,
    WeakParameterError,
    read_header,
)
from tests.remediation.lifecycle import CONTEXT, ROOT, START, Clock, Saved, make, root

HOUR = timedelta(hours=1)


def test_a_key_protects_data_from_its_making(manager: KeyManager) -> None:
    version = manager.create_key("orders", by="ann")
    assert (version.number, version.state, version.is_primary) == (1, KeyState.ACTIVE, True)
    assert version.created == version.activated == START
    cipher = manager.cipher("orders")
    envelope = cipher.encrypt(b"data", CONTEXT)
    assert read_header(envelope).key_id == version.id
    assert cipher.decrypt(envelope, CONTEXT) == b"data"
    assert manager.names() == ("orders",)


def test_the_store_is_private_and_holds_no_key(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys.db"
    with make(tmp_path, clock) as manager:
        version = manager.create_key("orders", by="ann")
        with manager._lease(manager._to_open("orders", version.id, "AES-256-GCM")) as key:
            secret = bytes(key.view())
        envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_bytes()
    assert ROOT not in file.read_bytes()
    with KeyManager.open(file, root(), clock=clock) as manager:
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
        with pytest.raises(FileExistsError):
            make(tmp_path, clock)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.db"]


def test_stores_open_under_their_own_root_key_only(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path, clock).close()
    file = tmp_path / "keys.db"
    with pytest.raises(UnknownKeyError, match="'root'"):
        KeyManager.open(file, root(id="other"))
    with pytest.raises(DecryptionError):
        KeyManager.open(file, root(bytes(32)))
    with pytest.raises(FileNotFoundError):
        KeyManager.open(tmp_path / "none", root())
    for content in (b"", b"no database at all, but rather long text " * 10):
        (tmp_path / "junk").write_bytes(content)
        with pytest.raises(StoreError, match="no key store"):
            KeyManager.open(tmp_path / "junk", root())


def test_rotation_lets_old_versions_decrypt_only(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    old = cipher.encrypt(b"old", CONTEXT)
    version = manager.rotate("orders", by="ann")
    assert (version.number, version.is_primary) == (2, True)
    first = manager.versions("orders")[0]
    assert (first.state, first.is_primary) == (KeyState.DEACTIVATED, False)
    new = cipher.encrypt(b"new", CONTEXT)
    assert read_header(new).key_id == version.id
    assert [cipher.decrypt(each, CONTEXT) for each in (old, new)] == [b"old", b"new"]


def test_rotation_comes_with_the_end_of_the_cryptoperiod(manager: KeyManager, clock: Clock) -> None:
    manager.create_key("slow", by="ann")
    manager.create_key("fast", by="ann", policy=KeyPolicy(cryptoperiod=timedelta(days=30)))
    manager.create_key("idle", by="ann", activate=False)
    clock.move(days=29, hours=23)
    assert manager.rotate_due(by="timer") == ()
    clock.move(hours=1)
    assert [(v.key, v.number) for v in manager.rotate_due(by="timer")] == [("fast", 2)]
    assert manager.rotate_due(by="timer") == ()
    clock.move(days=335)
    assert [v.key for v in manager.rotate_due(by="timer")] == ["fast", "slow"]


def test_a_cryptoperiod_has_its_limit() -> None:
    with pytest.raises(WeakParameterError, match=r"731 days.*5\.3\.6"):
        KeyPolicy(cryptoperiod=timedelta(days=731)).check()
    for policy in (KeyPolicy(cryptoperiod=timedelta()), KeyPolicy(approvals=-1)):
        with pytest.raises(ValueError, match="above 0"):
            policy.check()
    with pytest.raises(ValueError, match="time zone"):
        KeyPolicy(retain_until=datetime(2030, 1, 1)).check()


def test_names_and_actors_are_checked(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    for name in ("", "Orders", "a/b", "-a", "x" * 101):
        with pytest.raises(ValueError, match="no name"):
            manager.create_key(name, by="ann")
    with pytest.raises(ValueError, match="already"):
        manager.create_key("orders", by="ann")
    with pytest.raises(ValueError, match="who acts"):
        manager.create_key("mail", by=" ")
    with pytest.raises(ValueError, match="who acts"):
        manager.rotate("orders", by="")
    with pytest.raises(ValueError, match="who acts"):
        manager.archive("orders", 1, by="", why="old")
    with pytest.raises(UnknownKeyError):
        manager.rotate("mail", by="ann")
    with pytest.raises(UnknownKeyError):
        manager.cipher("mail")
    with pytest.raises(UnknownKeyError, match="version 7"):
        manager.activate("orders", 7, by="ann")
    assert [version.number for version in manager.versions("orders")] == [1]


def test_an_activation_can_wait(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann", activate=False)
    with pytest.raises(KeyStateError, match="no active version"):
        manager.cipher("orders").encrypt(b"data", CONTEXT)
    manager.activate("orders", 1, by="ann")
    assert manager.primary("orders").number == 1


def test_a_suspended_version_does_nothing_until_it_is_activated(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    envelope = cipher.encrypt(b"data", CONTEXT)
    manager.suspend("orders", 1, by="ann", why="looking into an alert")
    for use in (cipher.encrypt, cipher.decrypt):
        with pytest.raises(KeyStateError, match="suspended"):
            use(envelope, CONTEXT)
    manager.activate("orders", 1, by="ann")
    assert cipher.decrypt(envelope, CONTEXT) == b"data"


def test_a_compromised_primary_is_replaced_at_once(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    old = cipher.encrypt(b"data", CONTEXT)
    assert manager.compromise("orders", 1, by="ann", why="laptop lost").state == "compromised"
    assert manager.primary("orders").number == 2
    with pytest.raises(KeyStateError, match="reactivate"):
        cipher.decrypt(old, CONTEXT)
    saved = Saved({7: old})
    with manager.reactivate("orders", 1, by="ann", why="encrypt anew", for_=HOUR):
        result = manager.reencrypt(
            "orders", [(7, old, CONTEXT)], saved.save, by="ann", job="mail", anew=True
        )
    assert result.moved == 1
    assert read_header(saved[7]).salt != read_header(old).salt
    assert cipher.decrypt(saved[7], CONTEXT) == b"data"


def test_an_archived_version_opens_data_only_while_reactivated(
    manager: KeyManager, clock: Clock
) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    old = cipher.encrypt(b"data", CONTEXT)
    with pytest.raises(KeyStateError, match="rotate it out of use"):
        manager.archive("orders", 1, by="ann", why="old")
    manager.rotate("orders", by="ann")
    archived = manager.archive("orders", 1, by="ann", why="replaced by version 2")
    assert (archived.archived, archived.archived_by) == (START, "ann")
    assert archived.archived_why == "replaced by version 2"
    with pytest.raises(KeyStateError, match="archived; reactivate it"):
        cipher.decrypt(old, CONTEXT)
    with manager.reactivate("orders", 1, by="bob", why="ticket 7", for_=HOUR) as version:
        assert version.reactivated_until == START + HOUR
        assert version.state is KeyState.DEACTIVATED
        assert cipher.decrypt(old, CONTEXT) == b"data"
        with pytest.raises(KeyStateError, match="reactivated already"):
            manager.reactivate("orders", 1, by="eve", why="too", for_=HOUR).__enter__()
        clock.move(hours=1)
        with pytest.raises(KeyStateError, match="archived"):
            cipher.decrypt(old, CONTEXT)
    assert manager.versions("orders")[0].reactivated_until is None
    with pytest.raises(KeyStateError, match="archived already"):
        manager.archive("orders", 1, by="ann", why="again")


def test_a_reactivation_ends_with_its_block_and_by_its_deadline(
    manager: KeyManager, clock: Clock, place: str
) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    old = cipher.encrypt(b"data", CONTEXT)
    manager.rotate("orders", by="ann")
    manager.archive("orders", 1, by="ann", why="old")
    with pytest.raises(LookupError), manager.reactivate("orders", 1, by="b", why="w", for_=HOUR):
        raise LookupError
    with pytest.raises(KeyStateError):
        cipher.decrypt(old, CONTEXT)
    # A process that dies in the block never ends it; the deadline does.
    held = manager.reactivate("orders", 1, by="bob", why="ticket 8", for_=HOUR)
    held.__enter__()
    with KeyManager.open(place, root(), clock=clock) as other:
        assert other.cipher("orders").decrypt(old, CONTEXT) == b"data"
        clock.move(hours=1)
        with pytest.raises(KeyStateError):
            other.cipher("orders").decrypt(old, CONTEXT)


def test_a_reactivation_has_a_reason_a_bound_and_a_need(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    manager.rotate("orders", by="ann")

    def start(why: str = "ticket", for_: timedelta = HOUR, number: int = 1) -> None:
        manager.reactivate("orders", number, by="ann", why=why, for_=for_).__enter__()

    with pytest.raises(ValueError, match="reason"):
        start(why="")
    for wrong in (timedelta(), timedelta(days=8)):
        with pytest.raises(ValueError, match="up to 7 days"):
            start(for_=wrong)
    for number in (1, 2):
        with pytest.raises(KeyStateError, match="needs no reactivation"):
            start(number=number)


def test_aliases_lead_to_keys(manager: KeyManager) -> None:
    manager.create_key("orders-2026", by="ann")
    manager.create_key("orders-2027", by="ann")
    manager.set_alias("orders", "orders-2026", by="ann")
    envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
    assert manager.cipher("orders-2026").decrypt(envelope, CONTEXT) == b"data"
    manager.set_alias("orders", "orders-2027", by="ann")
    assert manager.primary("orders").key == "orders-2027"
    with pytest.raises(UnknownKeyError):
        manager.cipher("orders").decrypt(envelope, CONTEXT)
    with pytest.raises(ValueError, match="own name"):
        manager.set_alias("orders-2026", "orders-2027", by="ann")


def test_reencryption_is_taken_up_where_it_was_cut_short(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders")
    rows = {n: cipher.encrypt(b"%d" % n, {"row": str(n)}) for n in range(6)}
    rows[6] = b"junk"
    manager.rotate("orders", by="ann")
    saves = 0
    seen: list[int] = []

    def save(row: int, old: bytes, envelope: bytes) -> bool:
        nonlocal saves
        if saves == 3:
            raise OSError("the database went away")
        saves += 1
        rows[row] = envelope
        return True

    def envelopes() -> list[tuple[int, bytes, Mapping[str, str]]]:
        return [(n, envelope, {"row": str(n)}) for n, envelope in rows.items()]

    with pytest.raises(OSError, match="went away"):
        manager.reencrypt("orders", envelopes(), save, by="ann", job="mail")
    saves = -10
    result = manager.reencrypt(
        "orders", envelopes(), save, by="ann", job="mail", progress=seen.append
    )
    assert (result.moved, result.skipped) == (3, 3)
    assert result.failed == ((6, "EnvelopeFormatError"),)
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    current = manager.primary("orders").id
    for n in range(6):
        assert read_header(rows[n]).key_id == current
        assert cipher.decrypt(rows[n], {"row": str(n)}) == b"%d" % n


def test_a_cache_serves_managed_keys_too(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    cipher = manager.cipher("orders", cache=DataKeyCache())
    envelopes = [cipher.encrypt(b"data", CONTEXT) for _ in range(3)]
    manager.rotate("orders", by="ann")
    assert read_header(cipher.encrypt(b"data", CONTEXT)).key_id == manager.primary("orders").id
    assert {cipher.decrypt(each, CONTEXT) for each in envelopes} == {b"data"}


def test_the_root_key_can_be_changed(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "keys.db"
    with make(tmp_path, clock) as manager:
        manager.create_key("orders", by="ann")
        envelope = manager.cipher("orders").encrypt(b"data", CONTEXT)
        manager.change_root(root(bytes(32), "new"), by="ann")
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
    with pytest.raises(UnknownKeyError):
        KeyManager.open(file, root())
    with KeyManager.open(file, root(bytes(32), "new"), clock=clock) as manager:
        assert manager.cipher("orders").decrypt(envelope, CONTEXT) == b"data"
        assert [record.action for record in manager.audit()][-1] == "change-root"


def test_an_archive_that_opens_another_key_is_told(manager: KeyManager) -> None:
    manager.create_key("orders", by="ann")
    manager.rotate("orders", by="ann")
    assert manager.test_archive("orders", by="ann") == (1,)
    with manager._change("eve", "swap", "orders", 1) as change:
        row = manager._version_row(change, "orders", 1)
        change.put("versions", row | {"fingerprint": bytes(16)})
    with pytest.raises(StoreError, match="another key than it was"):
        manager.test_archive("orders", by="ann")
