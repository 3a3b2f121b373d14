"""Inventory, retention and approvals for AWS KMS keys, stored in their tags; extra `aws`."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import BackendError, KeyStateError
from keyaudit.remediation.lifecycle.aws_access import TAG_CHARACTERS, AwsAccess, AwsKey, in_tag
from keyaudit.remediation.lifecycle.records import check_actor

RETAIN = "keyaudit:retain-until"
APPROVED = "keyaudit:approved-by:"
_LAPSES_AFTER = timedelta(days=30)


class AwsSafeguards(AwsAccess):
    """The checks that `AwsKeyManager` makes before a key is deleted. Whoever may set the tags can
    pass them: grant `kms:TagResource` for names that begin with `keyaudit:` only to those who
    approve."""

    def discover(self, *, aws_managed: bool = False) -> tuple[AwsKey, ...]:
        """All keys of the account and region, with state, rotation, aliases and tags. AWS managed
        keys are included only with `aws_managed`. Raises `BackendError` when KMS refuses."""
        found = (self.describe(str(each["KeyId"])) for each in self._all("list_keys", "Keys"))
        return tuple(key for key in found if aws_managed or not key.aws_managed)

    def retain_until(self, key: str, until: datetime, *, by: str) -> AwsKey:
        """Forbid a deletion of the key before `until` (with a time zone). A retention can only be
        extended. Returns the key. Raises `KeyStateError` for a time earlier than the present
        retention and for an AWS managed key, ValueError without a time zone or `by`."""
        by = check_actor(by)
        if until.tzinfo is None:
            raise ValueError("a retention needs a time zone")
        with self._acting("retain", key, by=by, until=until) as noted:
            found = self._ours(key, noted)
            stands = retained_until(found)
            if stands is not None and until < stands:
                raise KeyStateError(f"{found.arn} is retained until {stands.isoformat()} already")
            self._tag(found.id, {RETAIN: until.isoformat(timespec="seconds"), f"{RETAIN}-by": by})
            return self.describe(found.id)

    def approve_destruction(self, key: str, *, by: str) -> AwsKey:
        """Approve the deletion of a key. An approval lapses after 30 days, and `cancel_destruction`
        removes all of them. Returns the key. Raises `KeyStateError` for an AWS managed key,
        ValueError without `by`."""
        check_actor(by)
        with self._acting("approve-destruction", key, by=by) as noted:
            found = self._ours(key, noted)
            moment = self._now().isoformat(timespec="seconds")
            self._tag(found.id, {f"{APPROVED}{check_actor(by)}": moment})
            return self.describe(found.id)

    def _approvers(self, key: AwsKey, by: str) -> list[str]:
        """Who approved within the last 30 days, without `by`, who asks for the deletion."""
        asks = in_tag(f"{APPROVED}{check_actor(by)}")[:TAG_CHARACTERS]
        since = self._now() - _LAPSES_AFTER
        found = []
        for name, value in key.tags.items():
            if name.startswith(APPROVED) and name != asks and since < _time(value) <= self._now():
                found.append(name.removeprefix(APPROVED))
        return found

    def _forget_approvals(self, key: AwsKey) -> None:
        names = [name for name in key.tags if name.startswith(APPROVED)]
        if names:
            with aws.errors():
                self._kms.untag_resource(KeyId=key.id, TagKeys=names)


def retained_until(key: AwsKey) -> datetime | None:
    """The end of a key's retention; None when it has none. Raises `BackendError` for a tag that
    holds no time."""
    value = key.tags.get(RETAIN)
    return None if value is None else _time(value)


def _time(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BackendError(f"a tag of the key holds no time: {value!r}", "KeyauditTag")
    return found
