"""A store in a PostgreSQL database, for several processes and machines; extra `postgresql`.

Its tables are in their own schema, `keyaudit`; a database holds one store. There is one writer at a
time: each writing transaction first locks the row that holds the store's id.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString

from keyaudit.remediation.errors import MissingBackendError, StoreError
from keyaudit.remediation.lifecycle.stores.base import (
    VERSION,
    Connection,
    Row,
    Rows,
    Store,
    check_format,
)
from keyaudit.remediation.lifecycle.stores.schema import tables

if TYPE_CHECKING:
    import psycopg

    Server = psycopg.Connection[dict[str, Any]]

_SCHEMA = (
    tables(bytes="BYTEA", real="DOUBLE PRECISION", counter="BIGINT")
    + """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""
)
# What a session sets holds for one transaction, so that a pooler of connections may sit between.
# A process that dies without closing its connection (its machine went down) lets go of the lock
# after 5 minutes; who waits for the lock gives up after 30 seconds, as with the SQLite store.
_WRITE = """
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL search_path TO keyaudit;
SET LOCAL lock_timeout TO '30s';
SET LOCAL idle_in_transaction_session_timeout TO '5min';
SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') = 'off';
"""
_LOCK = "SELECT FROM meta WHERE name = 'id' FOR UPDATE"
# What was added to the schema and acts by itself.
_FOREIGN = """
SELECT t.tgname AS name FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'keyaudit' AND NOT t.tgisinternal
        AND (c.relname, t.tgname) <> ('audit', 'audit_is_not_changed')
UNION ALL SELECT rulename FROM pg_rules WHERE schemaname = 'keyaudit'
"""
_READ = """
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path TO keyaudit;
"""


class PostgresqlStore(Store):
    """A store in the schema `keyaudit` of a database."""

    def __init__(self, url: str, connection: Server) -> None:
        super().__init__(_place(url))
        self._url = url
        self._connection = connection
        self._is_open = True

    @classmethod
    def create(cls, url: str, fill: Callable[[Connection], object]) -> None:
        """See `create_store`. The database user needs the right to create a schema."""
        with contextlib.closing(cls(url, _connect(url))) as store, store._as_store_error():
            if store._has("meta"):
                raise FileExistsError(f"{store.place} holds a key store already")
            with store._connection.transaction():
                store._connection.execute("CREATE SCHEMA keyaudit")
                store._connection.execute("SET LOCAL search_path TO keyaudit")
                store._connection.execute(_SCHEMA)
                fill(_Statements(store._connection))

    @classmethod
    def open(cls, url: str, version: int = VERSION) -> PostgresqlStore:
        """See `open_store`."""
        store = cls(url, _connect(url))
        try:
            with store._as_store_error():
                if not store._has("meta"):
                    raise FileNotFoundError(f"{store.place} holds no key store")
            check_format(store.place, store.format(), version)
        except BaseException:
            store.close()
            raise
        return store

    @property
    def removal(self) -> str:
        return (
            "the wrapped key was removed from its table, which was then written anew without it "
            "where the server allowed that. The server's write-ahead log, its replicas and "
            "backups, and blocks that disks or file systems kept hold it still"
        )

    def format(self) -> int:
        """The version of the tables; 0 when it is not known."""
        with self.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
        text = b"" if row is None else bytes(row["value"])
        return int(text) if text.isdigit() else 0

    def time(self, connection: Connection) -> datetime:
        """The time by the server's clock."""
        row = connection.execute("SELECT clock_timestamp() AS now").fetchone()
        assert row is not None
        now: datetime = row["now"]
        return now

    def check(self) -> None:
        """Does nothing: the server checks its own files (`data_checksums`, `pg_amcheck`)."""

    def scrub(self) -> None:
        """Rewrite the tables that hold wrapped keys, without the space of removed rows. The audit
        log holds no key material."""
        import psycopg

        with self._lock, contextlib.suppress(psycopg.Error):
            self._connection.execute("SET lock_timeout TO '10s'")
            for table in ("versions", "meta"):
                self._connection.execute(f"VACUUM (FULL) keyaudit.{table}".encode())
            self._connection.execute("RESET lock_timeout")

    def check_objects(self, connection: Connection) -> None:
        """See `Store`."""
        for row in connection.execute(_FOREIGN):
            raise StoreError(
                f"{self.place} has a trigger or rule that is not the store's: {row['name']!r}"
            )

    def replace_tables(self, connection: Connection) -> None:
        """See `Store`."""
        self._connection.execute("ALTER SCHEMA keyaudit RENAME TO keyaudit_before")
        self._connection.execute("CREATE SCHEMA keyaudit")
        self._connection.execute(_SCHEMA)
        self._connection.execute("DROP SCHEMA keyaudit_before CASCADE")

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._is_open = False
            self._connection.close()

    def _head(self) -> Row | None:
        return self._begun("SELECT * FROM keyaudit.head").fetchone()

    def _handle(self) -> object:
        return self._connection

    def _begun(self, statement: LiteralString) -> psycopg.Cursor[dict[str, Any]]:
        """Execute the first statement of a transaction. If the server was restarted or ended an
        idle session, connect again: nothing has been done in the transaction yet."""
        import psycopg

        try:
            return self._connection.execute(statement)
        except psycopg.OperationalError:
            if not (self._is_open and self._connection.closed):
                raise
            self._connection = _connect(self._url)
            return self._connection.execute(statement)

    def _begin(self, *, writes: bool) -> Connection:
        self._begun(_WRITE if writes else _READ)
        if writes:
            try:
                self._connection.execute(_LOCK)
            except BaseException:
                self._roll_back()
                raise
        return _Statements(self._connection)

    def _current(self) -> Connection | None:
        from psycopg.pq import TransactionStatus

        within = self._connection.info.transaction_status is not TransactionStatus.IDLE
        return _Statements(self._connection) if within and not self._connection.closed else None

    def _commit(self) -> None:
        import psycopg

        try:
            self._connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            raise StoreError(
                f"{self.place}: the connection was lost while the change was being made; look "
                f"whether it was ({_words(error)})"
            ) from None

    def _roll_back(self) -> None:
        import psycopg

        if not self._connection.closed:
            # A connection that breaks here is rolled back by the server.
            with contextlib.suppress(psycopg.Error):
                self._connection.execute("ROLLBACK")

    def _has(self, table: str) -> bool:
        row = self._connection.execute(
            "SELECT to_regclass(%s) AS found", (f"keyaudit.{table}",)
        ).fetchone()
        return row is not None and row["found"] is not None

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise StoreError(f"{self.place}: {_words(error)}") from None


class _Statements:
    """A connection whose statements have `?` for values."""

    def __init__(self, connection: Server) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        return self._connection.execute(sql.replace("?", "%s"), values)


def _connect(url: str) -> Server:
    try:
        import psycopg
        from psycopg.rows import dict_row
    except ImportError as error:
        raise MissingBackendError(
            f"a store in PostgreSQL needs psycopg: pip install 'keyaudit[postgresql]' ({error})"
        ) from None
    try:
        # No prepared statements, which a pooler of connections does not carry over.
        return psycopg.connect(
            url,
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            connect_timeout=10,
            application_name="keyaudit",
        )
    except psycopg.Error as error:
        raise StoreError(f"{_place(url)}: {_words(error)}") from None


def _place(url: str) -> str:
    """The URL without its password and options."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return f"postgresql://{user.partition(':')[0]}{at}{host}{parts.path}"


def _words(error: Exception) -> str:
    """The server's message on one line; it never holds the password."""
    return " ".join(str(error).split())
