"""The end of a key: asked for, approved, waited for, carried out and certified."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from keyaudit.remediation.errors import KeyInUseError, KeyStateError, WeakParameterError
from keyaudit.remediation.lifecycle import certificates
from keyaudit.remediation.lifecycle.access import SIGNING_KEY, Access
from keyaudit.remediation.lifecycle.records import KeyVersion, check_reason, utc
from keyaudit.remediation.lifecycle.reencryption import jobs_of
from keyaudit.remediation.lifecycle.states import KeyState, check_transition
from keyaudit.remediation.lifecycle.stores.base import Connection

if TYPE_CHECKING:
    from typing_extensions import Buffer

WINDOW_DAYS = (7, 30)
"""Shortest and longest wait, as AWS KMS has them (API reference, ScheduleKeyDeletion)."""


class Destruction(Access):
    """The verbs of `KeyManager` that lead to destruction."""

    def approve_destruction(self, name: str, number: int, *, by: str) -> None:
        """Say yes to the destruction of a version; the key's policy says how many must, besides
        the one who schedules it. `cancel_destruction` takes all approvals back. Raises
        `KeyStateError` once it is destroyed, ValueError without `by`, `UnknownKeyError`."""
        with self._change(by, "approve-destruction", name, number) as connection:
            version = self._version(name, number)
            if version.state is KeyState.DESTROYED:
                raise KeyStateError(f"{version.id} is destroyed already")
            connection.execute(
                "INSERT INTO approvals VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (name, number, by, utc(self._now())),
            )

    def schedule_destruction(
        self,
        name: str,
        number: int,
        *,
        by: str,
        why: str,
        envelopes: Iterable[Buffer],
        days: int = 30,
    ) -> KeyVersion:
        """Have a version destroyed in `days` (7 to 30) days. From now on it opens nothing, so
        that whatever still needs it is noticed while `cancel_destruction` can bring it back.

        `envelopes`: all data that may be encrypted under it, backups too (only headers are read);
        `()` says that you know of none. Refused with `KeyInUseError`, naming all that was found:
        envelopes under this version, a re-encryption that is not finished, aliases that lead to
        it, a retention that lasts longer, approvals that are missing, a reactivation under way.
        Raises `KeyStateError` unless the version is pre-active, deactivated or compromised,
        `WeakParameterError` for another wait, ValueError without `by` or `why`, `UnknownKeyError`.
        """
        shortest, longest = WINDOW_DAYS
        if not shortest <= days <= longest:
            raise WeakParameterError(
                f"a wait of {days} days before destruction",
                f"{shortest} to {longest} days",
                "AWS KMS API reference, ScheduleKeyDeletion",
            )
        check_reason(why)
        at = self._now() + timedelta(days=days)
        found = self._envelopes_under(name, number, envelopes)
        with self._change(
            by, "schedule-destruction", name, number, why=why, at=utc(at)
        ) as connection:
            version = self._version(name, number)
            check_transition(version.id, version.state, KeyState.DESTROYED)
            if version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is to be destroyed already")
            self._refuse_when_used(connection, version, found, by, at)
            self._set(connection, version, destroy_at=utc(at), destroy_by=by, destroy_why=why)
        return self._version(name, number)

    def cancel_destruction(self, name: str, number: int, *, by: str) -> KeyVersion:
        """Take a scheduled destruction back, and its approvals with it. Raises `KeyStateError`
        when none is scheduled."""
        with self._change(by, "cancel-destruction", name, number) as connection:
            version = self._scheduled(name, number)
            self._set(connection, version, destroy_at=None, destroy_by=None, destroy_why=None)
            connection.execute("DELETE FROM approvals WHERE key = ? AND number = ?", (name, number))
        return self._version(name, number)

    def destroy(self, name: str, number: int, *, by: str, envelopes: Iterable[Buffer] = ()) -> str:
        """Carry out a scheduled destruction whose wait is over; returns its certificate (JSON,
        see `verify_certificate`), which also stays with the version.

        What `schedule_destruction` looks for is looked for again (`envelopes` as there). Raises
        `KeyStateError` when nothing is scheduled or the wait lasts on, `KeyInUseError`.
        """
        found = self._envelopes_under(name, number, envelopes)
        now = self._now()
        with self._change(by, "destroy", name, number) as connection:
            version = self._scheduled(name, number)
            assert version.destroy_at is not None
            if now < version.destroy_at:
                raise KeyStateError(f"{version.id} is destroyed on {utc(version.destroy_at)}")
            self._refuse_when_used(connection, version, found, version.destroy_by or "", now)
            certificate = self._certificate(connection, version, by, now)
            self._move(
                connection,
                version,
                KeyState.DESTROYED,
                material=None,
                destroyed=utc(now),
                certificate=certificate,
                destroy_at=None,
            )
        self._store.scrub()
        return certificate

    @property
    def certificate_key(self) -> bytes:
        """The public Ed25519 key (32 bytes) that this store's certificates verify under."""
        return self._store.meta("signing-public")

    def _scheduled(self, name: str, number: int) -> KeyVersion:
        version = self._version(name, number)
        if version.destroy_at is None:
            raise KeyStateError(f"no destruction of {version.id} is scheduled")
        return version

    def _envelopes_under(self, name: str, number: int, envelopes: Iterable[Buffer]) -> int:
        from keyaudit.remediation.errors import EnvelopeFormatError
        from keyaudit.remediation.wrapping.envelope import read_header

        wanted = self._version(name, number).id
        count = 0
        for envelope in envelopes:
            with contextlib.suppress(EnvelopeFormatError):  # other data needs no key of ours
                count += read_header(envelope).key_id == wanted
        return count

    def _refuse_when_used(
        self,
        connection: Connection,
        version: KeyVersion,
        envelopes: int,
        by: str,
        at: datetime,
    ) -> None:
        usages = []
        if envelopes:
            usages.append(f"{_are(envelopes, 'envelope')} still encrypted under it")
        policy = self._policy(connection, version.key)
        alive = [
            other
            for other in self._versions(connection, version.key)
            if other.state is not KeyState.DESTROYED and other.number != version.number
        ]
        if not alive:
            rows = connection.execute(
                "SELECT alias FROM aliases WHERE key = ? ORDER BY alias", (version.key,)
            )
            usages += [f"alias {row['alias']!r} leads to it" for row in rows]
        until = policy["retain_until"]
        if until is not None and at < datetime.fromisoformat(until):
            usages.append(f"what it opens is retained until {until}")
        until = version.reactivated_until
        if until is not None and self._now() < until:
            usages.append(f"it is reactivated until {utc(until)}")
        for job in jobs_of(connection, version.key):
            if job.is_open and job.target != version.number:
                left = "was not finished" if job.finished is None else f"left {job.failed} unmoved"
                usages.append(f"re-encryption {job.job!r} {left}")
        missing = policy["approvals"] - len(self._approvers(connection, version, by))
        if missing > 0:
            usages.append(f"{_are(missing, 'approval')} missing")
        if usages:
            raise KeyInUseError(f"{version.id} is not destroyed", tuple(usages))

    @staticmethod
    def _approvers(connection: Connection, version: KeyVersion, by: str) -> list[str]:
        rows = connection.execute(
            "SELECT approver FROM approvals WHERE key = ? AND number = ? ORDER BY approver",
            (version.key, version.number),
        )
        return [row["approver"] for row in rows if row["approver"] != by]

    def _certificate(
        self, connection: Connection, version: KeyVersion, by: str, now: datetime
    ) -> str:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        row = connection.execute(
            "SELECT fingerprint, (SELECT max(sequence) FROM audit) AS last FROM versions"
            " WHERE key = ? AND number = ?",
            (version.key, version.number),
        ).fetchone()
        assert row is not None
        facts: dict[str, object] = {
            "store": self._store_id,
            "key": version.key,
            "version": version.number,
            "id": version.id,
            "fingerprint": row["fingerprint"].hex(),
            "state": str(version.state),
            "created": utc(version.created),
            "scheduled_by": version.destroy_by,
            "why": version.destroy_why,
            "approved_by": self._approvers(connection, version, version.destroy_by or ""),
            "destroyed": utc(now),
            "destroyed_by": by,
            "audit_record": row["last"] + 1,
        }
        seed = self._root.unwrap(self._store.meta(SIGNING_KEY), self._context(SIGNING_KEY))
        with seed:
            signing_key = Ed25519PrivateKey.from_private_bytes(seed.view())
            return certificates.issue(signing_key, facts, self._store.removal)


def _are(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"
