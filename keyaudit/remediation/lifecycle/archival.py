"""Archived key versions, and their reactivation for a limited time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from keyaudit.remediation.errors import KeyStateError
from keyaudit.remediation.lifecycle.access import Access
from keyaudit.remediation.lifecycle.records import KeyVersion, check_actor, check_reason, utc
from keyaudit.remediation.lifecycle.rows import View
from keyaudit.remediation.lifecycle.states import KeyState

_LONGEST = timedelta(days=7)


class Archival(Access):
    """The operations of `KeyManager` for versions that are no longer in use."""

    def archive(self, name: str, number: int, *, by: str, why: str) -> KeyVersion:
        """Archive a deactivated or compromised version: from then on it decrypts data only while it
        is reactivated. Returns the version, with who archived it, why and when. Raises
        `KeyStateError` for a version in another state or already archived, ValueError without `by`
        or `why`, `UnknownKeyError`."""
        check_reason(why)
        with self._change(by, "archive", name, number, why=why) as change:
            version = self._version(change, name, number)
            if version.state not in (KeyState.DEACTIVATED, KeyState.COMPROMISED):
                raise KeyStateError(
                    f"{version.id} is {version.state}; rotate it out of use, then archive it"
                )
            if version.archived is not None:
                raise KeyStateError(f"{version.id} is archived already")
            about = {"archived_by": check_actor(by), "archived_why": why}
            self._set(change, version, archived=utc(change.now), **about)
        return self._as_written(name, number)

    @contextlib.contextmanager
    def reactivate(
        self, name: str, number: int, *, by: str, why: str, for_: timedelta
    ) -> Iterator[KeyVersion]:
        """Context manager within which an archived or compromised version decrypts existing data,
        for at most `for_` (up to 7 days).

            with manager.reactivate("orders", 1, by="ann", why="ticket 7", for_=timedelta(hours=1)):
                data = cipher.decrypt(envelope, context)

        Reactivation ends with the block, also after an error, and at the deadline in any case: the
        deadline is in the store, so neither a crash nor another process keeps the version in use.
        The version's state does not change, and it never encrypts new data.

        Raises `KeyStateError` for a version that is neither archived nor compromised, is destroyed
        or scheduled for that, or is already reactivated; ValueError without `by` or `why` or for
        another `for_`; `UnknownKeyError`.
        """
        version = self.reactivate_until(name, number, by=by, why=why, for_=for_)
        try:
            yield version
        finally:
            self._end(name, number, by, version.reactivated_until)

    def reactivate_until(
        self, name: str, number: int, *, by: str, why: str, for_: timedelta
    ) -> KeyVersion:
        """Let an archived or compromised version decrypt existing data until a deadline, `for_`
        from now. The deadline is in the store and is checked at every use. Returns the version.
        Arguments and errors as `reactivate`. `end_reactivation` ends it earlier; `end_overdue`
        records its end in the audit log."""
        check_reason(why)
        by = check_actor(by)
        if not timedelta() < for_ <= _LONGEST:
            raise ValueError(f"a reactivation lasts up to {_LONGEST.days} days, not {for_}")
        with self._write() as change:
            version = self._version(change, name, number)
            if version.state is not KeyState.COMPROMISED and version.archived is None:
                raise KeyStateError(f"{version.id} is not archived, and needs no reactivation")
            if version.state is KeyState.DESTROYED or version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is destroyed, or to be; cancel that first")
            if is_reactivated(change, version):
                raise KeyStateError(f"{version.id} is reactivated already")
            until = utc(change.now + for_)
            self._set(change, version, reactivated_until=until)
            change.record(by, "reactivate", name, number, {"why": why, "until": until})
        return self._as_written(name, number)

    def end_reactivation(self, name: str, number: int, *, by: str) -> KeyVersion:
        """End a reactivation before its deadline. Returns the version. Raises `KeyStateError` when
        there is none, ValueError without `by`, `UnknownKeyError`."""
        with self._read() as view:
            version = self._version(view, name, number)
            if not is_reactivated(view, version):
                raise KeyStateError(f"version {number} of key {name!r} is not reactivated")
        self._end(name, number, by, version.reactivated_until)
        return self._as_written(name, number)

    def end_overdue(self, *, by: str) -> tuple[KeyVersion, ...]:
        """Record the end of reactivations whose deadline has passed in the audit log; returns their
        versions. They no longer decrypted anything since the deadline: this only completes the log,
        and is to be run by a timer. Raises ValueError without `by`."""
        by = check_actor(by)
        ended = []
        with self._write() as change:
            for row in change.all("versions"):
                deadline = row["reactivated_until"]
                if deadline is None or deadline > utc(change.now):
                    continue
                change.put("versions", row | {"reactivated_until": None})
                ended.append((row["key"], row["number"]))
                change.record(by, "reactivation-ended", *ended[-1], {"deadline": deadline})
        return tuple(self._as_written(*each) for each in ended)

    def _end(self, name: str, number: int, by: str, until: datetime | None) -> None:
        """End the reactivation that has the deadline `until`, and no later one."""
        with self._write() as change:
            version = self._version(change, name, number)
            if until is not None and version.reactivated_until == until:
                self._set(change, version, reactivated_until=None)
                change.record(check_actor(by), "reactivation-ended", name, number, {})


def is_reactivated(view: View, version: KeyVersion) -> bool:
    """Whether a version is reactivated, with a deadline that has not passed."""
    until = version.reactivated_until
    return until is not None and view.now < until


def check_opens(version: KeyVersion, now: Callable[[], datetime]) -> None:
    """Raise `KeyStateError` unless the version may decrypt existing data. `now` returns the time,
    and is called only for a reactivated version."""
    if version.destroy_at is not None:
        raise KeyStateError(f"{version.id} is to be destroyed; cancel that to use it")
    if version.state is KeyState.ACTIVE or (
        version.state is KeyState.DEACTIVATED and version.archived is None
    ):
        return
    if version.state in (KeyState.DEACTIVATED, KeyState.COMPROMISED):
        until = version.reactivated_until
        if until is not None and now() < until:
            return
        what = "archived" if version.state is KeyState.DEACTIVATED else "compromised"
        raise KeyStateError(f"{version.id} is {what}; reactivate it to open old data")
    raise KeyStateError(f"{version.id} is {version.state}, and opens nothing")
