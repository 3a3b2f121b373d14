"""What a store holds, and the second names of its keys."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.records import KeyPolicy, KeyVersion, check_name


class Lookup(Access):
    """The questions to a `KeyManager`, and its aliases."""

    def names(self) -> tuple[str, ...]:
        """The names of all keys, in order."""
        with self._store.read() as connection:
            rows = connection.execute("SELECT name FROM keys ORDER BY name")
            return tuple(row["name"] for row in rows)

    def versions(self, name: str) -> tuple[KeyVersion, ...]:
        """All versions of a key (or of what an alias leads to), oldest first, destroyed ones
        included. Raises `UnknownKeyError`."""
        with self._store.read() as connection:
            return self._versions(connection, self.resolve(name))

    def primary(self, name: str) -> KeyVersion:
        """The version that protects new data. Raises `KeyStateError` when there is none that is
        active, `UnknownKeyError`."""
        with self._store.read() as connection:
            version = self._primary(connection, self.resolve(name))
        self._check_active(version)
        return version

    def policy(self, name: str) -> KeyPolicy:
        """How a key is managed. Raises `UnknownKeyError`."""
        with self._store.read() as connection:
            row = self._policy(connection, self.resolve(name))
        until = row["retain_until"]
        return KeyPolicy(
            timedelta(seconds=row["cryptoperiod"]),
            row["approvals"],
            None if until is None else datetime.fromisoformat(until),
        )

    def approvals(self, name: str, number: int) -> tuple[str, ...]:
        """Who approved the destruction of a version, in order of their names. Raises
        `UnknownKeyError`."""
        with self._store.read() as connection:
            version = self._version(self.resolve(name), number)
            rows = connection.execute(
                "SELECT approver FROM approvals WHERE key = ? AND number = ? ORDER BY approver",
                (version.key, version.number),
            )
            return tuple(row["approver"] for row in rows)

    def aliases(self, name: str) -> tuple[str, ...]:
        """The aliases that lead to a key, in order. Raises `UnknownKeyError`."""
        with self._store.read() as connection:
            self._policy(connection, name)
            rows = connection.execute(
                "SELECT alias FROM aliases WHERE key = ? ORDER BY alias", (name,)
            )
            return tuple(row["alias"] for row in rows)

    def resolve(self, name: str) -> str:
        """The key that an alias leads to; any other name as it is."""
        with self._store.read() as connection:
            row = connection.execute("SELECT key FROM aliases WHERE alias = ?", (name,)).fetchone()
        return name if row is None else str(row["key"])

    def set_alias(self, alias: str, name: str, *, by: str) -> None:
        """Let a second name lead to a key, or to another key than before. Raises ValueError for
        a bad alias or the name of a key, `UnknownKeyError`."""
        with self._change(by, "set-alias", name, None, alias=check_name(alias)) as connection:
            self._policy(connection, name)
            if alias in self.names():
                raise ValueError(f"{alias!r} is a key's own name")
            connection.execute(
                "INSERT INTO aliases VALUES (?, ?)"
                " ON CONFLICT (alias) DO UPDATE SET key = excluded.key",
                (alias, name),
            )

    def remove_alias(self, alias: str, *, by: str) -> None:
        """Remove an alias; harmless when there is none. Raises ValueError without `by`."""
        with self._change(by, "remove-alias", "", None, alias=alias) as connection:
            connection.execute("DELETE FROM aliases WHERE alias = ?", (alias,))
