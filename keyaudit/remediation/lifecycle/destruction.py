"""Destruction of a key version: search for its data, approvals, waiting time, deletion,
certificate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.destruction.find_envelopes import (
    EnvelopeScan,
    NoEnvelopes,
    find_envelopes,
)
from keyaudit.remediation.errors import (
    DecryptionError,
    KeyInUseError,
    KeyStateError,
    ScanError,
    StoreError,
    UnknownKeyError,
)
from keyaudit.remediation.lifecycle import certificates
from keyaudit.remediation.lifecycle.archival import is_reactivated
from keyaudit.remediation.lifecycle.audit_log import AuditRecord, records_after
from keyaudit.remediation.lifecycle.clocks import AHEAD
from keyaudit.remediation.lifecycle.lookup import Lookup
from keyaudit.remediation.lifecycle.records import (
    KeyPolicy,
    KeyVersion,
    check_actor,
    check_days,
    check_reason,
    utc,
)
from keyaudit.remediation.lifecycle.reencryption import jobs_of
from keyaudit.remediation.lifecycle.requests import Requests
from keyaudit.remediation.lifecycle.rows import View
from keyaudit.remediation.lifecycle.states import KeyState, check_transition
from keyaudit.remediation.lifecycle.store_keys import SIGNING_KEY, public_bytes, signing_key

if TYPE_CHECKING:
    from keyaudit.remediation.destruction.find_envelopes import Place

WINDOW_DAYS = (7, 30)
"""Shortest and longest wait, as AWS KMS has them (API reference, ScheduleKeyDeletion)."""
_START = (0, bytes(32))


def check_wait(days: int) -> None:
    """Raises `WeakParameterError` for another wait before destruction than `WINDOW_DAYS` allows."""
    what = f"a wait of {days} days before destruction"
    check_days(what, days, WINDOW_DAYS, "AWS KMS API reference, ScheduleKeyDeletion")


class Destruction(Requests, Lookup):
    """The operations of `KeyManager` that lead to the destruction of a version."""

    def scan(self, name: str, number: int, envelopes: Iterable[Place]) -> EnvelopeScan:
        """Search `envelopes` for data under a version, as `schedule_destruction` and `destroy` do,
        without changing anything. Raises `UnknownKeyError`, and as `find_envelopes`."""
        with self._read() as view:
            row = self._version_row(view, self._resolved(view, name), number)
        return find_envelopes(envelopes, row["id"], fingerprint=bytes(row["fingerprint"]))

    def schedule_destruction(
        self,
        name: str,
        number: int,
        *,
        by: str,
        why: str,
        envelopes: Iterable[Place],
        days: int = 30,
        ignore_other: bool = False,
    ) -> KeyVersion:
        """Schedule the destruction of a version in `days` days, 7 to 30. From now on it decrypts
        nothing, so that whatever still needs it is noticed while `cancel_destruction` can bring it
        back. Returns the version.

        `envelopes`: all data that may be encrypted under it, backups included, as values and as
        paths of files or folders (see `find_envelopes`); `NoEnvelopes()` states that you know of
        none. Data that cannot be searched raises `ScanError`, and so does an item without any
        envelope (its format may be unknown here), unless `ignore_other`.

        Raises `KeyInUseError`, naming everything found: envelopes under this version, an unfinished
        re-encryption, aliases that lead to it, a retention that ends later, missing approvals (see
        `request_destruction`), a current reactivation. Raises `KeyStateError` unless the version is
        pre-active, suspended, deactivated or compromised, `WeakParameterError` for another wait
        (AWS KMS API reference, ScheduleKeyDeletion), ValueError for empty `envelopes` and without
        `by` or `why`, `UnknownKeyError`.
        """
        check_wait(days)
        check_reason(why)
        by = check_actor(by)
        found = self._scanned(name, number, envelopes, ignore_other)
        with self._write() as change:
            version = self._version(change, name, number)
            check_transition(version.id, version.state, KeyState.DESTROYED)
            if version.destroy_at is not None:
                raise KeyStateError(f"{version.id} is to be destroyed already")
            at = change.now + timedelta(days=days)
            self._refuse_when_used(change, version, found, by, at)
            self._set(
                change,
                version,
                destroy_at=utc(at),
                destroy_by=by,
                destroy_why=why,
                destroy_uptime=self._mark(timedelta(days=days)),
            )
            detail = {"why": why, "at": utc(at), "scan": found.told()}
            change.record(by, "schedule-destruction", name, number, detail)
        return self._as_written(name, number)

    def cancel_destruction(self, name: str, number: int, *, by: str) -> KeyVersion:
        """Cancel a scheduled destruction, with its request and approvals. Returns the version.
        Raises `KeyStateError` when none is scheduled, ValueError without `by`,
        `UnknownKeyError`."""
        with self._change(by, "cancel-destruction", name, number) as change:
            version = self._scheduled(change, name, number)
            nothing = dict.fromkeys(("destroy_at", "destroy_by", "destroy_why", "destroy_uptime"))
            self._set(change, version, **nothing)
            self._drop_requests(change, name, number)
        return self._as_written(name, number)

    def destroy(
        self,
        name: str,
        number: int,
        *,
        by: str,
        envelopes: Iterable[Place],
        ignore_other: bool = False,
    ) -> str:
        """Destroy a version whose scheduled time has come. Returns its certificate of destruction
        (JSON text, see `verify_certificate`), which is also stored with the version.

        The checks of `schedule_destruction` are made again; `envelopes` and `ignore_other` as
        there. Raises `KeyStateError` when nothing is scheduled or the wait is not over (by the
        clock, and by the machine's uptime where it is known), `KeyInUseError`, `ScanError`,
        ValueError as there, `UnknownKeyError`.
        """
        by = check_actor(by)
        found = self._scanned(name, number, envelopes, ignore_other)
        with self._signing_seed() as seed, self._change(by, "destroy", name, number) as change:
            version = self._scheduled(change, name, number)
            self._check_wait(change, version)
            self._refuse_when_used(change, version, found, version.destroy_by or "", change.now)
            facts = self._facts(change, version, by, found)
            certificate = certificates.issue(signing_key(seed), facts, self._store.removal)
            check_transition(version.id, version.state, KeyState.DESTROYED)
            self._set(
                change,
                version,
                state=str(KeyState.DESTROYED),
                material=None,
                private=None,
                destroyed=utc(change.now),
                certificate=certificate,
                destroy_at=None,
                destroy_uptime=None,
            )
            self._drop_requests(change, name, number)
        self._keys.revoke(version.id)
        self._store.scrub()
        return certificate

    @property
    def certificate_key(self) -> bytes:
        """The Ed25519 public key (32 bytes) that verifies this store's certificates of
        destruction."""
        with self._signing_seed() as seed:
            return public_bytes(signing_key(seed))

    def verify_certificate(self, certificate: str) -> dict[str, Any]:
        """Verify a certificate of destruction against this store; returns its facts. Checked are
        the signature, that the version is destroyed and has this certificate, and that the audit
        log has the record and the position that the certificate states. Raises `RecordFormatError`
        for what is no certificate, `DecryptionError` when a check fails, `StoreError` for a store
        that was changed."""
        facts = certificates.verify_certificate(certificate, self.certificate_key)
        with self._read() as view:
            try:
                key, number, record = facts["key"], facts["version"], facts["audit_record"]
                version = self._version(view, key, number)
            except (KeyError, UnknownKeyError):
                raise DecryptionError("the certificate is of no version of this store") from None
            log = {
                each.sequence: each
                for each in records_after(view.connection, self._secrets.chain_key, _START)
            }
        if version.state is not KeyState.DESTROYED or version.id != facts["id"]:
            raise DecryptionError(f"{facts['id']} is not destroyed")
        if version.certificate is None or not _same(version.certificate, certificate):
            raise DecryptionError(f"{version.id} was destroyed with another certificate")
        if not _is_logged(log, record, key, number, facts.get("audit_head")):
            raise DecryptionError(f"the audit log has no record {record} of this destruction")
        return facts

    def _signing_seed(self) -> Any:
        with self._read() as view:
            row = view.find("meta", SIGNING_KEY)
        if row is None:
            raise StoreError(f"{self._store.place} is incomplete: it lacks its signing key")
        return self._root.unwrap(bytes(row["value"]), self._secrets.context(SIGNING_KEY))

    def _scheduled(self, view: View, name: str, number: int) -> KeyVersion:
        version = self._version(view, name, number)
        if version.destroy_at is None:
            raise KeyStateError(f"no destruction of {version.id} is scheduled")
        return version

    def _check_wait(self, view: View, version: KeyVersion) -> None:
        assert version.destroy_at is not None
        if view.now < version.destroy_at:
            raise KeyStateError(f"{version.id} is destroyed on {utc(version.destroy_at)}")
        mark = self._version_row(view, version.key, version.number)["destroy_uptime"]
        passed = None if self._clock is not None else self._store.passed_since(mark)
        if passed is not None and passed < -AHEAD:
            raise KeyStateError(
                f"{version.id} is destroyed in {-passed.total_seconds() / 3600:.1f} hours by the "
                "machine's uptime, whatever its clock says"
            )

    def _mark(self, ahead: timedelta) -> str | None:
        """A mark on the uptime clock for the end of a wait; None where a clock was given."""
        return None if self._clock is not None else self._store.mark(ahead)

    def _scanned(
        self, name: str, number: int, envelopes: Iterable[Place], ignore_other: bool
    ) -> EnvelopeScan:
        found = self.scan(name, number, envelopes)
        if not found.places and not isinstance(envelopes, NoEnvelopes):
            raise ValueError(
                "`envelopes` is empty; NoEnvelopes() says that you know of no data under it"
            )
        if found.unread:
            raise ScanError("not all of the data could be looked through", tuple(found.unread))
        if found.other and not ignore_other:
            raise ScanError(
                "what is given and holds no envelope may be of a form that is not known here; "
                "leave it out, or ignore it expressly",
                tuple(found.other),
            )
        return found

    def _refuse_when_used(
        self, view: View, version: KeyVersion, found: EnvelopeScan, by: str, at: datetime
    ) -> None:
        usages = []
        if found.under:
            usages.append(f"{_are(found.under, 'envelope')} still encrypted under it")
        policy = KeyPolicy.of(self._key_row(view, version.key))
        if not any(
            other.state is not KeyState.DESTROYED and other.number != version.number
            for other in self._versions(view, version.key)
        ):
            usages += [f"alias {alias!r} leads to it" for alias in self._aliases(view, version.key)]
        until = policy.retain_until
        if until is not None and at < until:
            usages.append(f"what it opens is retained until {utc(until)}")
        until = version.reactivated_until
        if until is not None and is_reactivated(view, version):
            usages.append(f"it is reactivated until {utc(until)}")
        for job in jobs_of(view, version.key):
            if job.is_open and job.target != version.number:
                left = f"left {job.failed} unmoved" if job.finished else "was not finished"
                usages.append(f"re-encryption {job.job!r} {left}")
        if policy.approvals:
            request = self._open_request(view, version.key, "destroy", version.number)
            missing = self._missing_approvals(view, policy, request, by)
            usages += [missing] if missing else []
        if usages:
            raise KeyInUseError(f"{version.id} is not destroyed", tuple(usages))

    def _facts(
        self, view: View, version: KeyVersion, by: str, found: EnvelopeScan
    ) -> dict[str, object]:
        """The facts that a certificate states."""
        policy = KeyPolicy.of(self._key_row(view, version.key))
        request = self._open_request(view, version.key, "destroy", version.number)
        head = self._seen
        assert head is not None
        fingerprint = self._version_row(view, version.key, version.number)["fingerprint"]
        return {
            "store": self._store_id,
            "key": version.key,
            "version": version.number,
            "id": version.id,
            "fingerprint": bytes(fingerprint).hex(),
            "state": str(version.state),
            "created": utc(version.created),
            "scheduled_by": version.destroy_by,
            "why": version.destroy_why,
            "approved_by": self._approvers(view, policy, request, version.destroy_by),
            "scan": found.told(),
            "destroyed": utc(view.now),
            "destroyed_by": by,
            "audit_head": f"{head.sequence}:{head.hash.hex()}",
            "audit_record": head.sequence + 1,
        }


def _is_logged(
    log: dict[int, AuditRecord], record: int, key: str, number: int, head: str | None
) -> bool:
    """Whether the log has the record of a destruction, directly after the head that the certificate
    states."""
    found = log.get(record)
    if found is None or (found.action, found.key, found.number) != ("destroy", key, number):
        return False
    if head is None:  # version 1 names none
        return True
    before = log.get(record - 1)
    return before is not None and head == f"{record - 1}:{before.hash.hex()}"


def _same(one: str, other: str) -> bool:
    import json

    same: bool = json.loads(one) == json.loads(other)
    return same


def _are(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"
