"""Discovery, retention and approvals for keys of AWS KMS, kept in their tags; extra `aws`."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyaudit.remediation.backends import aws
from keyaudit.remediation.errors import BackendError, KeyStateError
from keyaudit.remediation.lifecycle.aws_access import AwsAccess, AwsKey, in_tag
from keyaudit.remediation.lifecycle.records import check_actor

RETAIN = "keyaudit:retain-until"
APPROVED = "keyaudit:approved-by:"
_LAPSES_AFTER = timedelta(days=30)


class AwsSafeguards(AwsAccess):
    """What `AwsKeyManager` asks for before a key is deleted. Tags are as safe as the right to set
    them: give `kms:TagResource` for names that begin with `keyaudit:` to those who approve
    alone."""

    def discover(self, *, aws_managed: bool = False) -> tuple[AwsKey, ...]:
        """All keys of the account and region: their states, rotation, aliases, tags. Without
        `aws_managed`, only those whose life is yours to decide."""
        found = (self.describe(str(each["KeyId"])) for each in self._all("list_keys", "Keys"))
        return tuple(key for key in found if aws_managed or not key.aws_managed)

    def retain_until(self, key: str, until: datetime, *, by: str) -> AwsKey:
        """Let no deletion of a key be scheduled that comes before `until` (with a time zone). What
        is retained is only ever retained for longer. Raises `KeyStateError` for an earlier time
        than stands and for a key of AWS's own, ValueError without a time zone or `by`."""
        by = check_actor(by)
        if until.tzinfo is None:
            raise ValueError("a retention needs a time zone")
        found = self._ours(key)
        stands = retained_until(found)
        if stands is not None and until < stands:
            raise KeyStateError(f"{found.arn} is retained until {stands.isoformat()} already")
        self._tag(found.id, {RETAIN: until.isoformat(timespec="seconds"), f"{RETAIN}-by": by})
        return self.describe(found.id)

    def approve_destruction(self, key: str, *, by: str) -> AwsKey:
        """Say yes to the deletion of a key; it lapses after 30 days, and `cancel_destruction` takes
        all of them back. Raises `KeyStateError` for a key of AWS's own, ValueError without `by`."""
        found = self._ours(key)
        moment = self._now().isoformat(timespec="seconds")
        self._tag(found.id, {f"{APPROVED}{check_actor(by)}": moment})
        return self.describe(found.id)

    def _approvers(self, key: AwsKey, by: str) -> list[str]:
        """Who approved within the last 30 days, other than the one who asks."""
        asks = in_tag(check_actor(by))
        since = self._now() - _LAPSES_AFTER
        found = []
        for name, value in key.tags.items():
            who = name.removeprefix(APPROVED)
            if name.startswith(APPROVED) and who != asks and _time(value) > since:
                found.append(who)
        return found

    def _forget_approvals(self, key: AwsKey) -> None:
        names = [name for name in key.tags if name.startswith(APPROVED)]
        if names:
            with aws.errors():
                self._kms.untag_resource(KeyId=key.id, TagKeys=names)


def retained_until(key: AwsKey) -> datetime | None:
    """Until when a key is retained; None when it is not. `BackendError` for a tag without a
    time."""
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
