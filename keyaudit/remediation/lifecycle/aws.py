"""The life-cycle verbs for keys of AWS KMS; extra `aws`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import (
    BackendError,
    KeyInUseError,
    KeyStateError,
    WeakParameterError,
)
from keyaudit.remediation.lifecycle.access import Clock, system_clock
from keyaudit.remediation.lifecycle.destruction import WINDOW_DAYS
from keyaudit.remediation.lifecycle.records import check_actor

_LONGEST = timedelta(days=7)
_UNTIL = "keyaudit:reactivated-until"
_NOT_IN_TAGS = re.compile(r"[^\w\s+\-=.:/@]")
_ROTATION_UNKNOWN = {"UnsupportedOperationException", "KMSInvalidStateException"}


@dataclass(frozen=True, slots=True)
class AwsKey:
    """What KMS says of a key. `state`: KMS's own word (`Enabled`, `Disabled`, `PendingDeletion`
    ...). `rotation`: whether KMS rotates it, None where it cannot (asymmetric keys, imported
    material, keys out of use). `aliases`: their names. `deletion`: when it goes, in UTC."""

    id: str
    arn: str
    state: str
    aws_managed: bool
    rotation: bool | None
    aliases: tuple[str, ...]
    tags: dict[str, str]
    deletion: datetime | None


class AwsKeyManager:
    """Archives, reactivates and schedules the destruction of KMS keys.

    `client`: a boto3 KMS client, by default `boto3.client("kms")`. `clock` gives the time, with a
    time zone. Keys are named by id, ARN or alias. Every method raises `BackendError` when KMS
    refuses (its `code` is AWS's). What was done is in CloudTrail; who and why are tags of the key
    (characters that tags do not take become `_`, and 256 are kept).
    """

    def __init__(self, *, client: Any = None, clock: Clock = system_clock) -> None:
        self._kms = aws.client("kms") if client is None else client
        self._clock = clock

    def describe(self, key: str) -> AwsKey:
        """All that the other verbs go by."""
        with aws.errors():
            data = self._kms.describe_key(KeyId=key)["KeyMetadata"]
        id = str(data["KeyId"])
        deletion = data.get("DeletionDate")
        return AwsKey(
            id=id,
            arn=str(data["Arn"]),
            state=str(data["KeyState"]),
            aws_managed=data.get("KeyManager") == "AWS",
            rotation=self._rotation(id),
            aliases=tuple(
                str(each["AliasName"])
                for each in self._all("list_aliases", "Aliases", id)
                if each.get("TargetKeyId", id) == id
            ),
            tags={
                str(each["TagKey"]): str(each["TagValue"])
                for each in self._all("list_resource_tags", "Tags", id)
            },
            deletion=None if deletion is None else deletion.astimezone(UTC),
        )

    def archive(self, key: str, *, by: str, why: str) -> AwsKey:
        """Disable a key, note who, why and when in its tags, and remove its aliases.

        In this order, so that cut short at any point the key is not in use, and doing it again
        finishes it. Raises `KeyStateError` for a key of AWS's own or one to be deleted.
        """
        check_actor(by)
        found = self._ours(key)
        if found.state not in ("Enabled", "Disabled"):
            raise KeyStateError(f"{found.arn} is {found.state}, and cannot be archived")
        with aws.errors():
            self._kms.disable_key(KeyId=found.id)
        moment = self._now().isoformat(timespec="seconds")
        self._tag(
            found.id,
            {
                "keyaudit:state": "archived",
                "keyaudit:archived": moment,
                "keyaudit:archived-by": by,
                "keyaudit:archived-why": why,
            },
        )
        for alias in found.aliases:
            with aws.errors():
                self._kms.delete_alias(AliasName=alias)
        return self.describe(found.id)

    @contextlib.contextmanager
    def reactivate(self, key: str, *, by: str, why: str, for_: timedelta) -> Iterator[AwsKey]:
        """Enable a disabled key within `with`, `for_` (up to 7 days) at most, then disable it.

        KMS knows no deadline of its own: the deadline is a tag, set before the key is enabled,
        and `end_overdue`, run by a timer, ends what a crash left enabled. Raises `KeyStateError`
        for a key that is not disabled, ValueError for another `for_`.
        """
        check_actor(by)
        if not timedelta() < for_ <= _LONGEST:
            raise ValueError(f"a reactivation lasts up to {_LONGEST.days} days, not {for_}")
        found = self._ours(key)
        if found.state != "Disabled":
            raise KeyStateError(f"{found.arn} is {found.state}; only a disabled key is reactivated")
        until = (self._now() + for_).isoformat(timespec="seconds")
        self._tag(
            found.id,
            {_UNTIL: until, "keyaudit:reactivated-by": by, "keyaudit:reactivated-why": why},
        )
        try:
            with aws.errors():
                self._kms.enable_key(KeyId=found.id)
            yield self.describe(found.id)
        finally:
            self._end(found.id)

    def end_overdue(self) -> tuple[str, ...]:
        """Disable every key whose reactivation is past its deadline; their ids. It looks at the
        tags of all keys of the account and region."""
        ended = []
        for each in self._all("list_keys", "Keys"):
            id = str(each["KeyId"])
            until = self._until(id)
            if until is not None and self._now() >= until:
                self._end(id)
                ended.append(id)
        return tuple(ended)

    def schedule_destruction(self, key: str, *, by: str, why: str, days: int = 30) -> AwsKey:
        """Have a key deleted in `days` (7 to 30, checked here) days.

        Refused with `KeyInUseError`, naming all that was found: aliases, grants, the key being
        enabled still (archive it first, and see for a while whether something misses it). KMS
        cannot say what is encrypted under a key: look with `read_header` over your envelopes.
        Raises `WeakParameterError` for another wait, `KeyStateError` for a key of AWS's own or
        one to be deleted already.
        """
        check_actor(by)
        shortest, longest = WINDOW_DAYS
        if not shortest <= days <= longest:
            raise WeakParameterError(
                f"a wait of {days} days before destruction",
                f"{shortest} to {longest} days",
                "AWS KMS API reference, ScheduleKeyDeletion",
            )
        found = self._ours(key)
        if found.state == "PendingDeletion":
            raise KeyStateError(f"{found.arn} is to be deleted already")
        usages = [f"alias {alias!r} leads to it" for alias in found.aliases]
        grants = sum(1 for _ in self._all("list_grants", "Grants", found.id))
        if grants:
            usages.append(f"{grants} grants let others use it")
        if found.state == "Enabled":
            usages.append("it is enabled")
        if usages:
            raise KeyInUseError(f"{found.arn} is not deleted", tuple(usages))
        self._tag(found.id, {"keyaudit:deletion-by": by, "keyaudit:deletion-why": why})
        with aws.errors():
            self._kms.schedule_key_deletion(KeyId=found.id, PendingWindowInDays=days)
        return self.describe(found.id)

    def cancel_destruction(self, key: str, *, by: str) -> AwsKey:
        """Take a scheduled deletion back. The key stays disabled; enabling it is another step.
        Raises `KeyStateError` when none is scheduled."""
        check_actor(by)
        found = self._ours(key)
        if found.state != "PendingDeletion":
            raise KeyStateError(f"no deletion of {found.arn} is scheduled; it is {found.state}")
        with aws.errors():
            self._kms.cancel_key_deletion(KeyId=found.id)
        self._tag(found.id, {"keyaudit:deletion-cancelled-by": by})
        return self.describe(found.id)

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _ours(self, key: str) -> AwsKey:
        found = self.describe(key)
        if found.aws_managed:
            raise KeyStateError(f"{found.arn} is managed by AWS, which alone decides on its life")
        return found

    def _rotation(self, id: str) -> bool | None:
        try:
            with aws.errors():
                return bool(self._kms.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"])
        except BackendError as error:
            if error.code in _ROTATION_UNKNOWN:
                return None
            raise

    def _all(self, operation: str, field: str, id: str | None = None) -> Iterator[dict[str, Any]]:
        """Every item of every page of a listing."""
        arguments = {} if id is None else {"KeyId": id}
        with aws.errors():
            while True:
                page = getattr(self._kms, operation)(**arguments)
                yield from page[field]
                if not page.get("Truncated"):
                    return
                arguments["Marker"] = page["NextMarker"]

    def _until(self, id: str) -> datetime | None:
        for tag in self._all("list_resource_tags", "Tags", id):
            if tag["TagKey"] == _UNTIL:
                return datetime.fromisoformat(tag["TagValue"])
        return None

    def _end(self, id: str) -> None:
        with aws.errors():
            self._kms.disable_key(KeyId=id)
            self._kms.untag_resource(KeyId=id, TagKeys=[_UNTIL])

    def _tag(self, id: str, tags: dict[str, str]) -> None:
        pairs = [
            {"TagKey": name, "TagValue": _NOT_IN_TAGS.sub("_", value)[:256]}
            for name, value in tags.items()
        ]
        with aws.errors():
            self._kms.tag_resource(KeyId=id, Tags=pairs)
