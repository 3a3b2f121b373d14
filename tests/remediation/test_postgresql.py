"""What only a store in PostgreSQL has: several processes at once, a server that goes away."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from keyaudit.remediation import (
    AuditLogError,
    KeyManager,
    LocalKey,
    MissingBackendError,
    NoEnvelopes,
    StoreError,
    UnknownKeyError,
)
from tests.remediation import postgresql
from tests.remediation.lifecycle import CONTEXT, Clock, retired, root


@pytest.fixture
def store(database: str, clock: Clock) -> str:
    """The URL of a store with key `orders`, version 1 out of use, 2 primary."""
    with KeyManager.create(database, root(), clock=clock) as manager:
        retired(manager)
    return database


def rotate_often(place: str) -> list[int]:
    with KeyManager.open(place, root()) as manager:
        return [manager.rotate("orders", by="process").number for _ in range(5)]


def test_processes_take_turns(store: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = [number for numbers in pool.map(rotate_often, [store] * 3) for number in numbers]
    assert sorted(made) == list(range(3, 18))
    with KeyManager.open(store, root()) as manager:
        versions = manager.versions("orders")
        assert [v.number for v in versions if v.is_primary] == [17]
        assert {str(v.state) for v in versions[:-1]} == {"deactivated"}
        assert [record.sequence for record in manager.audit()] == list(range(1, 21))


def test_a_key_is_rotated_once_however_many_find_it_due(store: str, clock: Clock) -> None:
    clock.move(days=400)

    def run(_: int) -> int:
        with KeyManager.open(store, root(), clock=clock) as manager:
            return len(manager.rotate_due(by="timer"))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 1


def test_what_one_process_does_another_sees_at_once(store: str, clock: Clock) -> None:
    with (
        KeyManager.open(store, root(), clock=clock) as one,
        KeyManager.open(store, root(), clock=clock) as two,
    ):
        envelope = two.cipher("orders").encrypt(b"data", CONTEXT)
        one.compromise("orders", 2, by="ann", why="lost")
        with pytest.raises(Exception, match="compromised"):
            two.cipher("orders").decrypt(envelope, CONTEXT)


def test_an_application_needs_to_read_only(store: str, clock: Clock) -> None:
    postgresql.run(
        store,
        "DROP ROLE IF EXISTS app",
        "CREATE ROLE app LOGIN",
        "GRANT USAGE ON SCHEMA keyaudit TO app",
        "GRANT SELECT ON ALL TABLES IN SCHEMA keyaudit TO app",
    )
    with KeyManager.open(store.replace("keyaudit@", "app@"), root(), clock=clock) as manager:
        cipher = manager.cipher("orders")
        assert cipher.decrypt(cipher.encrypt(b"data", CONTEXT), CONTEXT) == b"data"
        assert len(manager.audit()) == 5
        with pytest.raises(StoreError, match="permission denied"):
            manager.rotate("orders", by="eve")


def test_a_store_is_made_once_and_only_where_there_is_none(store: str) -> None:
    with pytest.raises(FileExistsError):
        KeyManager.create(store, root())
    with pytest.raises(UnknownKeyError, match="'root'"):
        KeyManager.open(store, root(id="other"))
    postgresql.clear(store)
    with pytest.raises(FileNotFoundError, match="no key store"):
        KeyManager.open(store, root())


def test_half_a_store_is_never_made(database: str) -> None:
    class FailingRoot(LocalKey):
        def wrap(self, key: object, context: object) -> bytes:
            raise OSError("the service is away")

    good = root()
    with pytest.raises(OSError, match="away"):
        KeyManager.create(database, FailingRoot(good._key, "root"))
    with pytest.raises(FileNotFoundError):
        KeyManager.open(database, good)


def test_a_lost_connection_is_made_anew(store: str, clock: Clock) -> None:
    with KeyManager.open(store, root(), clock=clock) as manager:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        postgresql.run(store, others)
        assert manager.rotate("orders", by="ann").number == 3
        # Within a change there is no second try: it did not happen.
        with pytest.raises(StoreError):
            interrupt(manager, lambda: postgresql.run(store, others))
        assert manager.requests("orders")[0].approved_by == ("bob",)
        assert len(manager.audit()) == 6


def interrupt(manager: KeyManager, interruption: Callable[[], object]) -> None:
    """Begin a change, interrupt it, and go on with it."""
    with manager._store.write() as connection:
        interruption()
        connection.execute("DELETE FROM approvals")


def test_the_audit_log_is_append_only_and_its_chain_is_checked(store: str) -> None:
    for change in ("UPDATE keyaudit.audit SET actor = 'eve'", "DELETE FROM keyaudit.audit",
                   "TRUNCATE keyaudit.audit"):  # fmt: skip
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            postgresql.run(store, change)
    postgresql.run(
        store,
        "ALTER TABLE keyaudit.audit DISABLE TRIGGER USER",
        "UPDATE keyaudit.audit SET actor = 'eve' WHERE sequence = 3",
    )
    with KeyManager.open(store, root()) as manager, pytest.raises(AuditLogError) as caught:
        manager.audit()
    assert caught.value.record == 3


def test_a_destroyed_key_leaves_the_tables_file(
    store: str, postgresql_server: str, clock: Clock
) -> None:
    wrapped = bytes(
        postgresql.run(store, "SELECT material FROM keyaudit.versions WHERE number = 1")[0][0]
    )
    with KeyManager.open(store, root(), clock=clock) as manager:
        manager.schedule_destruction(
            "orders", 1, by="ann", why="moved", envelopes=NoEnvelopes(), days=7
        )
        clock.move(days=7)
        certificate = manager.destroy("orders", 1, by="ann", envelopes=NoEnvelopes())
    assert "write-ahead log" in certificate
    postgresql.run(store, "CHECKPOINT")
    path = postgresql.run(
        store, "SELECT current_setting('data_directory'), pg_relation_filepath('keyaudit.versions')"
    )
    folder, file = path[0]
    assert (Path(folder) / file).stat().st_size > 0
    for each in (Path(folder) / file).parent.iterdir():
        assert wrapped[8:40] not in each.read_bytes(), each


def test_no_message_shows_a_password(tmp_path: Path) -> None:
    secret = "made-" + "up-pass"
    url = f"postgresql://ann:{secret}@%2Fnowhere/keys?application_name=x"
    with pytest.raises(StoreError) as caught:
        KeyManager.open(url, root())
    assert secret not in str(caught.value)
    assert "postgresql://ann@%2Fnowhere/keys" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_without_psycopg_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingBackendError, match=r"keyaudit\[postgresql\]"):
        KeyManager.open("postgresql:///keys", root())


def test_nothing_is_left_under_the_old_root_key(store: str, clock: Clock) -> None:
    """Rows that were updated stay in a table's file until it is written anew."""
    wrapped = [
        bytes(row[0])
        for table, column in (("versions", "material"), ("meta", "value"))
        for row in postgresql.run(
            store, f"SELECT {column} FROM keyaudit.{table} WHERE {column} IS NOT NULL"
        )
        if len(row[0]) > 60
    ]
    assert len(wrapped) == 5
    with KeyManager.open(store, root(), clock=clock) as manager:
        manager.change_root(root(bytes(32), "new-root"), by="ann")
        manager.audit()
    postgresql.run(store, "CHECKPOINT")
    folder, file = postgresql.run(
        store, "SELECT current_setting('data_directory'), pg_relation_filepath('keyaudit.versions')"
    )[0]
    for each in (Path(folder) / file).parent.iterdir():
        content = each.read_bytes()
        for secret in wrapped:
            assert secret[8:40] not in content, each


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE FUNCTION keyaudit.spy() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN OLD; END $$;"
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON keyaudit.versions"
        " FOR EACH ROW EXECUTE FUNCTION keyaudit.spy()",
        "CREATE RULE skip AS ON UPDATE TO keyaudit.versions DO INSTEAD NOTHING",
    ],
)
def test_a_trigger_that_is_not_the_stores_is_refused(statement: str, store: str) -> None:
    with KeyManager.open(store, root()) as manager:
        postgresql.run(store, statement)
        with pytest.raises(StoreError, match="trigger or rule"):
            manager.rotate("orders", by="ann")
    with pytest.raises(StoreError, match="trigger or rule"):
        KeyManager.open(store, root())
