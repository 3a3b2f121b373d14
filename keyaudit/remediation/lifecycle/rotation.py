"""Making keys and replacing them: creation, activation, rotation, suspension, compromise."""

from __future__ import annotations

from datetime import timedelta

from keyaudit.remediation.errors import KeyStateError
from keyaudit.remediation.lifecycle.access import Access, policy_values
from keyaudit.remediation.lifecycle.records import KeyPolicy, KeyVersion, check_name, utc
from keyaudit.remediation.lifecycle.states import KeyState
from keyaudit.remediation.lifecycle.stores.base import Connection


class Rotation(Access):
    """The verbs of `KeyManager` up to a version's deactivation."""

    def create_key(
        self, name: str, *, by: str, policy: KeyPolicy | None = None, activate: bool = True
    ) -> KeyVersion:
        """Make a key (256 bits) and its version 1, active unless `activate` is false.

        `name`: lower-case letters, digits, `.`, `_`, `-`, up to 100. `by`: who acts, for the
        audit log. Raises ValueError for a bad or taken name, `WeakParameterError` for a
        cryptoperiod over 730 days (see `KeyPolicy`).
        """
        values = policy_values(KeyPolicy() if policy is None else policy)
        with self._change(by, "create", check_name(name), 1, **_told(values)) as connection:
            for taken in ("SELECT name FROM keys WHERE name = ?",
                          "SELECT alias FROM aliases WHERE alias = ?"):  # fmt: skip
                if connection.execute(taken, (name,)).fetchone() is not None:
                    raise ValueError(f"there is a key or alias {name!r} already")
            connection.execute(
                "INSERT INTO keys (name, cryptoperiod, approvals, retain_until)"
                " VALUES (?, ?, ?, ?)",
                (name, *values),
            )
            self._add_version(connection, name, 1, active=activate)
        return self._version(name, 1)

    def set_policy(self, name: str, policy: KeyPolicy, *, by: str) -> None:
        """Change how a key is managed; errors as `create_key`, and `UnknownKeyError`."""
        values = policy_values(policy)
        with self._change(by, "set-policy", name, None, **_told(values)) as connection:
            self._policy(connection, name)
            connection.execute(
                "UPDATE keys SET cryptoperiod = ?, approvals = ?, retain_until = ? WHERE name = ?",
                (*values, name),
            )

    def activate(self, name: str, number: int, *, by: str) -> KeyVersion:
        """Take a version into use (or back, when suspended). It becomes the primary one when the
        key has none that is active; one that is stays. Raises `KeyStateError` where no way leads
        to active, `UnknownKeyError`."""
        with self._change(by, "activate", name, number) as connection:
            version = self._version(name, number)
            if version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is to be destroyed; cancel that to use it")
            columns = {} if version.activated else {"activated": utc(self._now())}
            self._move(connection, version, KeyState.ACTIVE, **columns)
            if not any(
                other.is_primary and other.state is KeyState.ACTIVE and other.number != number
                for other in self._versions(connection, name)
            ):
                connection.execute(
                    "UPDATE keys SET primary_number = ? WHERE name = ?", (number, name)
                )
        return self._version(name, number)

    def rotate(self, name: str, *, by: str, why: str = "on demand") -> KeyVersion:
        """Make a new version and let it protect new data from now on; the old primary version is
        deactivated: it opens old data, and nothing else. Returns the new version.

        One transaction: at every moment there is one primary version. Raises `UnknownKeyError`.
        """
        with self._write() as connection:
            number = self._rotate(connection, name, by, why)
        return self._version(name, number)

    def rotate_due(self, *, by: str) -> tuple[KeyVersion, ...]:
        """Rotate every key whose primary version was active for its cryptoperiod; returns the
        new versions. To be run by a timer."""
        made = []
        for name in self._due():
            with self._write() as connection:
                if name in self._due():  # another process may just have done it
                    made.append((name, self._rotate(connection, name, by, "cryptoperiod is over")))
        return tuple(self._version(*each) for each in made)

    def suspend(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Set an active version aside while something is looked into: it does nothing until
        `activate`. Raises `KeyStateError`, `UnknownKeyError`."""
        with self._change(by, "suspend", name, number, why=why) as connection:
            self._move(connection, self._version(name, number), KeyState.SUSPENDED)
        return self._version(name, number)

    def deactivate(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """End a version's active life without a successor: it opens old data from now on. For
        the primary version that ends the key (`rotate` begins it again). Raises `KeyStateError`,
        `UnknownKeyError`."""
        with self._change(by, "deactivate", name, number, why=why) as connection:
            now = utc(self._now())
            self._move(
                connection, self._version(name, number), KeyState.DEACTIVATED, deactivated=now
            )
        return self._version(name, number)

    def compromise(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Mark a version as known to others: from now on it protects nothing, and opens data
        only while reactivated. When it was the primary one, a new version takes its place in the
        same transaction. Then run `reencrypt(..., anew=True)`: who had the key may have its data
        keys. Raises `KeyStateError`, `UnknownKeyError`."""
        with self._change(by, "compromise", name, number, why=why) as connection:
            version = self._version(name, number)
            self._move(connection, version, KeyState.COMPROMISED, deactivated=utc(self._now()))
            if version.is_primary:
                self._replace(connection, name, by, "its version was compromised")
        return self._version(name, number)

    def _due(self) -> list[str]:
        now = self._now()
        due = []
        with self._store.read() as connection:
            for row in connection.execute("SELECT name, cryptoperiod FROM keys ORDER BY name"):
                period = timedelta(seconds=row["cryptoperiod"])
                due += [
                    version.key
                    for version in self._versions(connection, row["name"])
                    if version.is_primary
                    and version.state is KeyState.ACTIVE
                    and version.activated is not None
                    and now - version.activated >= period
                ]
        return due

    def _rotate(self, connection: Connection, name: str, by: str, why: str) -> int:
        for version in self._versions(connection, name):
            if version.is_primary and version.state in (KeyState.ACTIVE, KeyState.SUSPENDED):
                now = utc(self._now())
                self._move(connection, version, KeyState.DEACTIVATED, deactivated=now)
        return self._replace(connection, name, by, why)

    def _replace(self, connection: Connection, name: str, by: str, why: str) -> int:
        number = 1 + max(version.number for version in self._versions(connection, name))
        self._add_version(connection, name, number, active=True)
        self._record(connection, by, "rotate", name, number, why=why)
        return number


def _told(values: tuple[float, int, str | None]) -> dict[str, object]:
    """A policy's columns, for the audit log: the cryptoperiod in seconds."""
    return dict(zip(("cryptoperiod", "approvals", "retain_until"), values, strict=True))
