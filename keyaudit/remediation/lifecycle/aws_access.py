"""Reads the state of KMS keys; what all operations on them share; extra `aws`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.auditing.callers import Caller, Noted
from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import (
    BackendError,
    KeyInUseError,
    KeyStateError,
    WeakParameterError,
)
from keyaudit.remediation.lifecycle.clocks import Clock, SystemClock

if TYPE_CHECKING:
    from keyaudit.remediation.auditing.auditor import Auditor

_REFUSALS = (KeyInUseError, KeyStateError, WeakParameterError)
TAG_CHARACTERS = 128
"""Of a tag's name (AWS KMS API reference, Tag)."""
UNTIL = "keyaudit:reactivated-until"
_NOT_IN_TAGS = re.compile(r"[^\w\s+\-=.:/@]")
_ROTATION_UNKNOWN = {"UnsupportedOperationException", "KMSInvalidStateException"}


@dataclass(frozen=True, slots=True)
class AwsKey:
    """A key in AWS KMS.

    `id`, `arn`: its names. `state`: as KMS names it (`Enabled`, `Disabled`, `PendingDeletion` ...).
    `aws_managed`: whether AWS alone manages it. `rotation`: whether KMS rotates it automatically,
    None where that does not apply (asymmetric keys, imported material, keys out of use). `aliases`:
    their names. `tags`: name to value. `deletion`: when it will be deleted, in UTC, or None.
    """

    id: str
    arn: str
    state: str
    aws_managed: bool
    rotation: bool | None
    aliases: tuple[str, ...]
    tags: dict[str, str]
    deletion: datetime | None


class AwsAccess:
    """A KMS client and a clock (see `AwsKeyManager`)."""

    def __init__(
        self,
        *,
        client: Any = None,
        clock: Clock | None = None,
        auditor: Auditor | None = None,
        sts: Any = None,
    ) -> None:
        self._kms = aws.client("kms") if client is None else client
        self._identity = aws.Identity(self._kms, sts)
        self._auditor = auditor
        self._clock = SystemClock() if clock is None else clock

    def describe(self, key: str) -> AwsKey:
        """The state, rotation, aliases, tags and deletion date of a key. Raises `BackendError` when
        KMS refuses."""
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

    def caller(self) -> Caller:
        """The principal that KMS is asked as, and the region it is asked in."""
        return self._identity()

    def _acting(self, action: str, key: str, **about: object) -> AbstractContextManager[Noted]:
        """Context manager that emits one event for a change of a key, also for a refused one."""
        if self._auditor is None:
            return contextlib.nullcontext(Noted(key))
        return self._auditor.observe(
            f"manage-{action}",
            key,
            context={name: str(value) for name, value in about.items()},
            refusals=_REFUSALS,
            caller=self.caller(),
        )

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _ours(self, key: str, noted: Noted) -> AwsKey:
        found = self.describe(key)
        noted.key_id = found.arn
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
        """Every item of a listing, over all of its pages."""
        arguments = {} if id is None else {"KeyId": id}
        with aws.errors():
            while True:
                page = getattr(self._kms, operation)(**arguments)
                yield from page[field]
                if not page.get("Truncated"):
                    return
                arguments["Marker"] = page["NextMarker"]

    def _is_overdue(self, id: str) -> bool:
        """Whether a key's reactivation is past its deadline, or has one that is no time, which
        nobody here has set."""
        for tag in self._all("list_resource_tags", "Tags", id):
            if tag["TagKey"] == UNTIL:
                try:
                    return self._now() >= datetime.fromisoformat(tag["TagValue"])
                except (ValueError, TypeError):
                    return True
        return False

    def _tag(self, id: str, tags: dict[str, str]) -> None:
        pairs = [
            {"TagKey": in_tag(name)[:TAG_CHARACTERS], "TagValue": in_tag(value)[:256]}
            for name, value in tags.items()
        ]
        with aws.errors():
            self._kms.tag_resource(KeyId=id, Tags=pairs)


def in_tag(text: str) -> str:
    """Text with `_` in place of each character that tags do not allow."""
    return _NOT_IN_TAGS.sub("_", text)
