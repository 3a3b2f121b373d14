"""Archived keys: kept away from use, and brought back for a time that ends by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from keyaudit.remediation.errors import KeyStateError
from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.records import KeyVersion, check_reason, utc
from keyaudit.remediation.lifecycle.states import KeyState
from keyaudit.remediation.lifecycle.stores.base import SELECT_VERSION

_LONGEST = timedelta(days=7)


class Archival(Access):
    """The verbs of `KeyManager` for versions out of use."""

    def archive(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Put a deactivated or compromised version away: it opens data only while reactivated.
        Who, why and when stay with it. Raises `KeyStateError` for another state or when archived
        already, ValueError without `by` or `why`, `UnknownKeyError`."""
        check_reason(why)
        with self._change(by, "archive", name, number, why=why) as connection:
            version = self._version(name, number)
            if version.state not in (KeyState.DEACTIVATED, KeyState.COMPROMISED):
                raise KeyStateError(
                    f"{version.id} is {version.state}; rotate it out of use, then archive it"
                )
            if version.archived is not None:
                raise KeyStateError(f"{version.id} is archived already")
            self._set(
                connection,
                version,
                archived=utc(self._now()),
                archived_by=by,
                archived_why=why,
            )
        return self._version(name, number)

    @contextlib.contextmanager
    def reactivate(
        self, name: str, number: int, *, by: str, why: str, for_: timedelta
    ) -> Iterator[KeyVersion]:
        """Let an archived or compromised version open data within `with`, `for_` at most.

            with manager.reactivate("orders", 1, by="ann", why="ticket 7", for_=timedelta(hours=1)):
                data = cipher.decrypt(envelope, context)

        It ends with the block, however that ends, and at the deadline in any case: the deadline
        is in the store, so neither a crash nor another process keeps the version open. The state
        stays what it is, and new data is never protected. `for_`: up to 7 days.

        Raises `KeyStateError` for a version that needs or allows no reactivation, or is
        reactivated already; ValueError without `by` or `why` or for another `for_`.
        """
        version = self.reactivate_until(name, number, by=by, why=why, for_=for_)
        try:
            yield version
        finally:
            self._end(name, number, by, version.reactivated_until)

    def reactivate_until(
        self, name: str, number: int, *, by: str, why: str, for_: timedelta
    ) -> KeyVersion:
        """Let an archived or compromised version open data for a time, `for_`, that ends by
        itself: the deadline is in the store, and every use looks at it. Arguments and errors as
        `reactivate`. `end_reactivation` ends it before; `end_overdue` notes its end."""
        check_reason(why)
        if not timedelta() < for_ <= _LONGEST:
            raise ValueError(f"a reactivation lasts up to {_LONGEST.days} days, not {for_}")
        until = self._now() + for_
        with self._change(by, "reactivate", name, number, why=why, until=utc(until)) as connection:
            version = self._version(name, number)
            if version.state is not KeyState.COMPROMISED and version.archived is None:
                raise KeyStateError(f"{version.id} is not archived, and needs no reactivation")
            if version.state is KeyState.DESTROYED or version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is destroyed, or to be; cancel that first")
            if self._is_reactivated(version):
                raise KeyStateError(f"{version.id} is reactivated already")
            self._set(connection, version, reactivated_until=utc(until))
        return self._version(name, number)

    def end_reactivation(self, name: str, number: int, *, by: str) -> KeyVersion:
        """End a reactivation before its deadline. Raises `KeyStateError` when there is none,
        ValueError without `by`, `UnknownKeyError`."""
        if not self._is_reactivated(self._version(name, number)):
            raise KeyStateError(f"version {number} of key {name!r} is not reactivated")
        self._end(name, number, by, self._version(name, number).reactivated_until)
        return self._version(name, number)

    def end_overdue(self, *, by: str) -> tuple[KeyVersion, ...]:
        """Note in the audit log that reactivations are past their deadline, and return their
        versions. They opened nothing any more before; this is for the record, from a timer.
        Raises ValueError without `by`."""
        ended = []
        with self._write() as connection:
            rows = connection.execute(
                SELECT_VERSION + "WHERE versions.reactivated_until <= ?", (utc(self._now()),)
            ).fetchall()
            for row in rows:
                version = KeyVersion.of(row, self._store_id)
                self._set(connection, version, reactivated_until=None)
                self._record(
                    connection,
                    by,
                    "reactivation-ended",
                    version.key,
                    version.number,
                    deadline=row["reactivated_until"],
                )
                ended.append(version)
        return tuple(self._version(version.key, version.number) for version in ended)

    def _end(self, name: str, number: int, by: str, until: datetime | None) -> None:
        """End the reactivation that lasts `until`, and no other that was begun since."""
        with self._write() as connection:
            version = self._version(name, number)
            if until is not None and version.reactivated_until == until:
                self._set(connection, version, reactivated_until=None)
                self._record(connection, by, "reactivation-ended", name, number)

    def _is_reactivated(self, version: KeyVersion) -> bool:
        until = version.reactivated_until
        return until is not None and self._now() < until

    def _check_opens(self, version: KeyVersion) -> None:
        """Raise `KeyStateError` unless the version may open old data now."""
        if version.destroy_at is not None:
            raise KeyStateError(f"{version.id} is to be destroyed; cancel that to use it")
        if version.state is KeyState.ACTIVE or (
            version.state is KeyState.DEACTIVATED and version.archived is None
        ):
            return
        if version.state in (KeyState.DEACTIVATED, KeyState.COMPROMISED):
            if self._is_reactivated(version):
                return
            what = "archived" if version.state is KeyState.DEACTIVATED else "compromised"
            raise KeyStateError(f"{version.id} is {what}; reactivate it to open old data")
        raise KeyStateError(f"{version.id} is {version.state}, and opens nothing")
