"""Who used a KMS key, and where, according to CloudTrail; extra `aws`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from keyaudit.remediation.auditing.callers import UNKNOWN, ExpectedCallers
from keyaudit.remediation.backends import aws


@dataclass(frozen=True, slots=True)
class AwsKeyUse:
    """One request about a key, as CloudTrail has it.

    `time`: in UTC. `action`: KMS's name of the request (`Decrypt`, `ScheduleKeyDeletion` ...).
    `principal`: the ARN of who asked, the name of the AWS service that asked for somebody, or
    `unknown`. `region`: where. `source`: the address it came from. `request`: its id
    (`AuditEvent.request`). `error`: AWS's error code; empty when it was done. `context`: the
    encryption context. `unexpected`: what is not as expected, in words; None when all is, or
    nothing was said.
    """

    time: datetime
    action: str
    principal: str
    region: str
    source: str
    request: str
    error: str
    context: dict[str, str]
    unexpected: str | None


class AwsTrail:
    """Reads the requests about a KMS key from CloudTrail's event history, which every account has
    for 90 days, without a trail of its own.

        for use in AwsTrail().uses(arn, since=yesterday, expected=expected):
            if use.unexpected:
                ...

    `client`: a boto3 CloudTrail client for the key's region (a key of several regions is asked for
    in each), by default `boto3.client("cloudtrail")`. Events appear within about 15 minutes. Every
    method raises `BackendError` when AWS refuses (`cloudtrail:LookupEvents` is needed).
    """

    def __init__(self, *, client: Any = None) -> None:
        self._trail = aws.client("cloudtrail") if client is None else client

    def uses(
        self,
        arn: str,
        *,
        since: datetime,
        until: datetime | None = None,
        expected: ExpectedCallers | None = None,
    ) -> Iterator[AwsKeyUse]:
        """The requests about the key with that ARN, newest first, from `since` to `until` (by
        default now; both with a time zone). `expected`: who may ask, and where. Raises ValueError
        without a time zone."""
        arguments: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": arn}],
            "StartTime": _aware(since),
        }
        if until is not None:
            arguments["EndTime"] = _aware(until)
        while True:
            with aws.errors():
                page = self._trail.lookup_events(**arguments)
            for event in page.get("Events", ()):
                use = _use(event, expected)
                if use is not None:
                    yield use
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]


def unrecorded(uses: Iterable[AwsKeyUse], requests: Iterable[str]) -> Iterator[AwsKeyUse]:
    """The uses that are not among `requests`: ids of requests that programs have recorded
    themselves (`AuditEvent.request`). What is left was done by something else."""
    known = set(requests)
    return (use for use in uses if use.request not in known)


def _use(event: dict[str, Any], expected: ExpectedCallers | None) -> AwsKeyUse | None:
    """An event of CloudTrail's history; None when it is none of KMS."""
    try:
        record = json.loads(event.get("CloudTrailEvent", ""))
    except ValueError:
        record = None
    if not isinstance(record, dict):
        record = {}
    if record.get("eventSource", event.get("EventSource")) != "kms.amazonaws.com":
        return None
    who = _mapping(record.get("userIdentity"))
    principal = str(who.get("arn") or who.get("invokedBy") or UNKNOWN)
    region = str(record.get("awsRegion", UNKNOWN))
    parameters = _mapping(record.get("requestParameters"))
    context = _mapping(parameters.get("encryptionContext"))
    return AwsKeyUse(
        time=event["EventTime"].astimezone(UTC),
        action=str(event.get("EventName", "")),
        principal=principal,
        region=region,
        source=str(record.get("sourceIPAddress", "")),
        request=str(record.get("requestID", "")),
        error=str(record.get("errorCode", "")),
        context={str(name): str(value) for name, value in context.items()},
        unexpected=None if expected is None else expected.unexpected(principal, region),
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _aware(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError("a time to look from or to needs a time zone")
    return time
