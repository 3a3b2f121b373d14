"""Rotation, archival, reactivation and destruction of AWS KMS keys; extra `aws`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from keyaudit.remediation.auditing.callers import Noted
from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import (
    BackendError,
    KeyInUseError,
    KeyStateError,
)
from keyaudit.remediation.lifecycle.aws_access import UNTIL, AwsKey
from keyaudit.remediation.lifecycle.aws_safeguards import AwsSafeguards, retained_until
from keyaudit.remediation.lifecycle.destruction import check_wait
from keyaudit.remediation.lifecycle.records import check_actor, check_days, check_reason

_LONGEST = timedelta(days=7)
_ROTATION_DAYS = (90, 730)
"""The shortest period that KMS takes (API reference, EnableKeyRotation), and the longest
cryptoperiod of a symmetric key (NIST SP 800-57 Part 1 Rev. 5, 5.3.6, Table 1)."""


class AwsKeyManager(AwsSafeguards):
    """Rotates, archives, reactivates and schedules the destruction of keys in AWS KMS.

    `client`: a boto3 KMS client, by default `boto3.client("kms")`. `clock`: returns the time, with
    a time zone. Keys are named by id, ARN or alias. Every method raises `BackendError` when KMS
    refuses (its `code` is AWS's error code). CloudTrail logs the calls; who acted and why is stored
    in tags of the key (characters that tags do not allow become `_`, and 256 characters are kept).

    `auditor`: gets an event for every change (`manage-archive` ...), also for a refused one, with
    the principal that KMS was asked as, and the region. `sts`: a boto3 STS client that is asked for
    the principal; needed when `client` has other credentials than boto3's default ones. What others
    did with a key is in CloudTrail: see `AwsTrail`.
    """

    def rotate(self, key: str, *, by: str, why: str) -> AwsKey:
        """Rotate a key now: KMS makes new key material, and keeps the old to decrypt existing data.
        KMS allows 25 such rotations for a key. Returns the key. Raises `KeyStateError` for an AWS
        managed key and for one that is not enabled, ValueError without `by` or `why`."""
        check_actor(by)
        check_reason(why)
        with self._acting("rotate", key, by=by, why=why) as noted:
            found = self._enabled(key, noted)
            with aws.errors():
                self._kms.rotate_key_on_demand(KeyId=found.id)
            self._tag(found.id, {"keyaudit:rotated-by": by, "keyaudit:rotated-why": why})
            return self.describe(found.id)

    def rotate_every(self, key: str, *, by: str, days: int = 365) -> AwsKey:
        """Turn on automatic rotation every `days` days, 90 to 730 (AWS KMS API reference,
        EnableKeyRotation; NIST SP 800-57 Part 1 Rev. 5, 5.3.6). Returns the key. Raises
        `WeakParameterError` for another period, `KeyStateError` as `rotate`, ValueError without
        `by`."""
        check_actor(by)
        with self._acting("rotate-every", key, by=by, days=days) as noted:
            check_days(
                f"rotation every {days} days",
                days,
                _ROTATION_DAYS,
                "AWS KMS API reference, EnableKeyRotation; NIST SP 800-57 Part 1 Rev. 5, 5.3.6",
            )
            found = self._enabled(key, noted)
            with aws.errors():
                self._kms.enable_key_rotation(KeyId=found.id, RotationPeriodInDays=days)
            self._tag(found.id, {"keyaudit:rotation-by": by})
            return self.describe(found.id)

    def archive(self, key: str, *, by: str, why: str) -> AwsKey:
        """Disable a key, record who, why and when in its tags, and remove its aliases. Returns the
        key.

        The steps are in this order so that after an interruption the key is out of use, and running
        it again completes them. Raises `KeyStateError` for an AWS managed key and for one that is
        neither enabled nor disabled, ValueError without `by` or `why`.
        """
        return self._retire("archive", key, "archived", by, why)

    def compromise(self, key: str, *, by: str, why: str) -> AwsKey:
        """Mark a key as compromised. The steps are those of `archive`, with tags that say
        `compromised`. The key material never left KMS, but whoever could call Decrypt may have
        obtained data keys: encrypt the data again under another key, within `reactivate`. Returns
        and raises as `archive`."""
        return self._retire("compromise", key, "compromised", by, why)

    def _retire(self, action: str, key: str, state: str, by: str, why: str) -> AwsKey:
        check_actor(by)
        check_reason(why)
        with self._acting(action, key, by=by, why=why) as noted:
            found = self._ours(key, noted)
            if found.state not in ("Enabled", "Disabled"):
                raise KeyStateError(f"{found.arn} is {found.state}, and cannot be {state}")
            with aws.errors():
                self._kms.disable_key(KeyId=found.id)
            moment = self._now().isoformat(timespec="seconds")
            self._tag(
                found.id,
                {
                    "keyaudit:state": state,
                    f"keyaudit:{state}": moment,
                    f"keyaudit:{state}-by": by,
                    f"keyaudit:{state}-why": why,
                },
            )
            for alias in found.aliases:
                with aws.errors():
                    self._kms.delete_alias(AliasName=alias)
            return self.describe(found.id)

    @contextlib.contextmanager
    def reactivate(self, key: str, *, by: str, why: str, for_: timedelta) -> Iterator[AwsKey]:
        """Context manager that enables a disabled key, and disables it at its end. `for_`: the
        longest duration, up to 7 days.

        KMS has no such deadline itself. It is stored in a tag before the key is enabled, and
        `end_overdue`, run by a timer, disables a key that a crash left enabled. Raises
        `KeyStateError` for an AWS managed key and for one that is not disabled, ValueError for
        another `for_` or without `by` or `why`.
        """
        found = self.reactivate_until(key, by=by, why=why, for_=for_)
        try:
            yield found
        finally:
            self._end(found.id, found.arn)

    def reactivate_until(self, key: str, *, by: str, why: str, for_: timedelta) -> AwsKey:
        """Enable a disabled key until a deadline, `for_` (up to 7 days) from now. `end_overdue`,
        run by a timer, disables it then. Returns the key. Errors as `reactivate`."""
        check_actor(by)
        check_reason(why)
        if not timedelta() < for_ <= _LONGEST:
            raise ValueError(f"a reactivation lasts up to {_LONGEST.days} days, not {for_}")
        with self._acting("reactivate", key, by=by, why=why, until=self._now() + for_) as noted:
            found = self._ours(key, noted)
            if found.state != "Disabled":
                raise KeyStateError(
                    f"{found.arn} is {found.state}; only a disabled key is reactivated"
                )
            until = (self._now() + for_).isoformat(timespec="seconds")
            self._tag(
                found.id,
                {UNTIL: until, "keyaudit:reactivated-by": by, "keyaudit:reactivated-why": why},
            )
            try:
                with aws.errors():
                    # keyaudit: ignore[KA602] `end_overdue` disables it at the deadline in its tag
                    self._kms.enable_key(KeyId=found.id)
                return self.describe(found.id)
            except BaseException:
                self._end(found.id, found.arn)
                raise

    def end_overdue(self) -> tuple[str, ...]:
        """Disable every key whose reactivation is past its deadline, or has a deadline that is no
        time; returns their ids. Reads the tags of all keys of the account and region. A key that
        KMS refuses does not keep the others from being ended; then `BackendError` is raised last,
        with the first refusal."""
        ended, refused = [], []
        for each in self._all("list_keys", "Keys"):
            id = str(each["KeyId"])
            try:
                if self._is_overdue(id):
                    self._end(id, str(each["KeyArn"]))
                    ended.append(id)
            except BackendError as error:
                refused.append(error)
        if refused:
            raise refused[0]
        return tuple(ended)

    def schedule_destruction(
        self, key: str, *, by: str, why: str, days: int = 30, approvals: int = 1
    ) -> AwsKey:
        """Schedule the deletion of a key after `days` days, 7 to 30 (AWS KMS API reference,
        ScheduleKeyDeletion). Returns the key.

        `approvals`: how many people other than `by` must have approved it (`approve_destruction`).
        Raises `KeyInUseError`, naming everything found: aliases, grants, the key still being
        enabled (archive it first, and observe for a while whether anything needs it), a retention
        that ends later (`retain_until`), missing approvals. KMS cannot tell what is encrypted under
        a key: check your envelopes with `read_header`. Raises `WeakParameterError` for another
        wait, `KeyStateError` for an AWS managed key and for one already scheduled, ValueError
        without `by` or `why`.
        """
        check_actor(by)
        check_reason(why)
        with self._acting("schedule-destruction", key, by=by, why=why, days=days) as noted:
            check_wait(days)
            found = self._ours(key, noted)
            if found.state == "PendingDeletion":
                raise KeyStateError(f"{found.arn} is to be deleted already")
            usages = [f"alias {alias!r} leads to it" for alias in found.aliases]
            grants = sum(1 for _ in self._all("list_grants", "Grants", found.id))
            if grants:
                usages.append(f"{grants} grants let others use it")
            if found.state == "Enabled":
                usages.append("it is enabled")
            until = retained_until(found)
            if until is not None and self._now() + timedelta(days=days) < until:
                usages.append(f"what it opens is retained until {until.isoformat()}")
            missing = approvals - len(self._approvers(found, by))
            if missing > 0:
                usages.append(f"{missing} approval{'s are' if missing > 1 else ' is'} missing")
            if usages:
                raise KeyInUseError(f"{found.arn} is not deleted", tuple(usages))
            self._tag(found.id, {"keyaudit:deletion-by": by, "keyaudit:deletion-why": why})
            with aws.errors():
                self._kms.schedule_key_deletion(KeyId=found.id, PendingWindowInDays=days)
            return self.describe(found.id)

    def cancel_destruction(self, key: str, *, by: str) -> AwsKey:
        """Cancel a scheduled deletion and drop its approvals. The key stays disabled. Returns the
        key. Raises `KeyStateError` when no deletion is scheduled and for an AWS managed key,
        ValueError without `by`."""
        check_actor(by)
        with self._acting("cancel-destruction", key, by=by) as noted:
            found = self._ours(key, noted)
            if found.state != "PendingDeletion":
                raise KeyStateError(f"no deletion of {found.arn} is scheduled; it is {found.state}")
            with aws.errors():
                self._kms.cancel_key_deletion(KeyId=found.id)
            self._forget_approvals(found)
            self._tag(found.id, {"keyaudit:deletion-cancelled-by": by})
            return self.describe(found.id)

    def _enabled(self, key: str, noted: Noted) -> AwsKey:
        found = self._ours(key, noted)
        if found.state != "Enabled":
            raise KeyStateError(f"{found.arn} is {found.state}, and is not rotated")
        return found

    def _end(self, id: str, arn: str) -> None:
        with self._acting("reactivation-ended", arn), aws.errors():
            self._kms.disable_key(KeyId=id)
            self._kms.untag_resource(KeyId=id, TagKeys=[UNTIL])
