"""Who asked AWS KMS, and where: in audit events, in alerts, and in CloudTrail's history."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from keyaudit.remediation import (
    AnyOf,
    AuditEvent,
    Auditor,
    AwsKeyManager,
    AwsKmsKey,
    AwsTrail,
    BackendError,
    Caller,
    DecryptionError,
    EnvelopeCipher,
    ExpectedCallers,
    KeyChain,
    KeyStateError,
    LocalKey,
    SecureKey,
    unrecorded,
)

REGION = "eu-central-1"
CONTEXT = {"user": "1234"}
ME = "arn:aws:sts::123456789012:user/moto"
ORDERS = "arn:aws:sts::111122223333:assumed-role/orders/*"
HOUR = timedelta(hours=1)


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield boto3.client("kms")


@pytest.fixture
def arn(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def events() -> list[AuditEvent]:
    return []


def test_each_request_is_told(kms: Any, arn: str, events: list[AuditEvent]) -> None:
    key = AwsKmsKey(arn, client=kms, auditor=Auditor(events.append))
    data_key, wrapped = key.new_data_key(CONTEXT)
    key.unwrap(wrapped, CONTEXT).close()
    key.wrap(data_key, CONTEXT)
    data_key.close()
    with pytest.raises(DecryptionError):
        key.unwrap(wrapped, {"user": "other"})
    kms.disable_key(KeyId=arn.rpartition("/")[2])  # moto takes no ARN here
    with pytest.raises(BackendError) as caught:
        AwsKmsKey(arn, client=kms, auditor=Auditor(events.append), check_state=True).unwrap(
            wrapped, CONTEXT
        )
    assert caught.value.code == "KMSInvalidStateException"
    assert [(e.operation, e.outcome, e.detail) for e in events] == [
        ("kms-generate-data-key", "ok", ""),
        ("kms-decrypt", "ok", ""),
        ("kms-encrypt", "ok", ""),
        ("kms-decrypt", "failed", "BackendError InvalidCiphertextException"),
        ("kms-decrypt", "failed", "BackendError KMSInvalidStateException"),
    ]
    assert {(e.key_id, e.principal, e.region) for e in events} == {(arn, ME, REGION)}
    requests = [e.request for e in events[:4]]
    assert all(requests)
    assert len(set(requests)) == 4


def test_messages_name_who_asks(kms: Any, arn: str, events: list[AuditEvent]) -> None:
    key = AwsKmsKey(arn, client=kms)
    assert key.caller() == Caller(ME, REGION)
    with LocalKey.generate("local") as local:
        for keys in (key, KeyChain(key, local)):
            cipher = EnvelopeCipher(keys, auditor=Auditor(events.append))
            cipher.decrypt(cipher.encrypt(b"data", CONTEXT), CONTEXT)
        assert {(e.principal, e.region) for e in events} == {(ME, REGION)}
        events.clear()
        # A key that is no service's, and a group of which each member is asked.
        for other in (local, AnyOf("group", key, local)):
            EnvelopeCipher(other, auditor=Auditor(events.append)).encrypt(b"data", CONTEXT)
        assert {(e.principal, e.region) for e in events} == {("", "")}


def test_the_principal_is_asked_for_once(kms: Any, arn: str) -> None:
    class Sts:
        asked = 0

        def get_caller_identity(self) -> dict[str, str]:
            self.asked += 1
            return {"Arn": "arn:aws:sts::111122223333:assumed-role/orders/i-0a1b"}

    sts = Sts()
    key = AwsKmsKey(arn, client=kms, sts=sts)
    assert {key.caller().principal for _ in range(5)} == {
        "arn:aws:sts::111122223333:assumed-role/orders/i-0a1b"
    }
    assert sts.asked == 1


def test_without_an_answer_the_use_goes_on_and_is_noticed(
    kms: Any, arn: str, events: list[AuditEvent], caplog: pytest.LogCaptureFixture
) -> None:
    sts = boto3.client("sts")
    stub = Stubber(sts)
    stub.add_client_error("get_caller_identity", "AccessDenied", "no")
    expected = ExpectedCallers(principals=[ORDERS])
    with stub, caplog.at_level(logging.WARNING):
        auditor = Auditor(events.append, expected=expected)
        key = AwsKmsKey(arn, client=kms, auditor=auditor, sts=sts)
        for _ in range(2):
            key.new_data_key(CONTEXT)[0].close()
    assert "did not say who this process is" in caplog.text
    uses = [event for event in events if not event.is_alert]
    assert [(event.outcome, event.principal) for event in uses] == [("ok", "unknown")] * 2
    (alert,) = (event for event in events if event.is_alert)
    assert alert.detail == "unexpected caller: principal 'unknown' is not among those expected"


@pytest.mark.parametrize(
    ("principals", "regions", "said"),
    [
        ((), (), None),
        (["arn:aws:sts::123456789012:user/*"], [REGION], None),
        ([ME], (), None),
        ([ORDERS], (), f"principal '{ME}'"),
        ([ME], ["us-*", "eu-west-1"], f"region '{REGION}'"),
        (["arn:aws:sts::123456789012:user/mot?"], (), "principal"),
        (["arn:aws:sts::123456789012:user/[m]oto"], (), "principal"),
    ],
)
def test_who_is_expected(
    principals: list[str], regions: list[str], said: str | None,
    kms: Any, arn: str, events: list[AuditEvent],
) -> None:  # fmt: skip
    expected = ExpectedCallers(principals=principals, regions=regions)
    key = AwsKmsKey(arn, client=kms, auditor=Auditor(events.append, expected=expected))
    for _ in range(3):
        key.new_data_key(CONTEXT)[0].close()
    alerts = [event for event in events if event.is_alert]
    assert len(alerts) == (said is not None)  # one within the window
    if said is not None:
        assert said in alerts[0].detail
        assert (alerts[0].key_id, alerts[0].principal, alerts[0].region) == (arn, ME, REGION)
        assert alerts[0].request
    with LocalKey(SecureKey.generate(), "local") as local:  # keys of no service are not judged
        seen: list[AuditEvent] = []
        auditor = Auditor(seen.append, expected=ExpectedCallers(principals=["x"]))
        EnvelopeCipher(local, auditor=auditor).encrypt(b"data", CONTEXT)
        assert not any(event.is_alert for event in seen)


def test_a_single_text_is_no_sequence() -> None:
    with pytest.raises(TypeError, match="sequences"):
        ExpectedCallers(principals="arn:aws:iam::111122223333:root")


def test_every_verb_is_told(kms: Any, arn: str, events: list[AuditEvent]) -> None:
    manager = AwsKeyManager(client=kms, auditor=Auditor(events.append))
    kms.create_alias(AliasName="alias/orders", TargetKeyId=arn)
    assert manager.caller() == Caller(ME, REGION)
    manager.rotate_every("alias/orders", by="ann", days=365)
    manager.retain_until("alias/orders", datetime(2026, 1, 1, tzinfo=UTC), by="ann")
    manager.archive("alias/orders", by="ann", why="replaced")
    with pytest.raises(KeyStateError):
        manager.rotate_every(arn, by="ann")
    with manager.reactivate(arn, by="bob", why="ticket 7", for_=HOUR):
        pass
    manager.approve_destruction(arn, by="cyd")
    manager.schedule_destruction(arn, by="ann", why="all moved", days=30)
    manager.cancel_destruction(arn, by="ann")
    told = [(e.operation.removeprefix("manage-"), e.outcome, e.context.get("by")) for e in events]
    assert told == [
        ("rotate-every", "ok", "ann"),
        ("retain", "ok", "ann"),
        ("archive", "ok", "ann"),
        ("rotate-every", "refused", "ann"),
        ("reactivate", "ok", "bob"),
        ("reactivation-ended", "ok", None),
        ("approve-destruction", "ok", "cyd"),
        ("schedule-destruction", "ok", "ann"),
        ("cancel-destruction", "ok", "ann"),
    ]
    assert {(e.key_id, e.principal, e.region) for e in events} == {(arn, ME, REGION)}


def record(**fields: object) -> dict[str, object]:
    """An event as LookupEvents gives it."""
    about = {
        "eventSource": "kms.amazonaws.com",
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.7",
        "requestID": "r-1",
        "userIdentity": {"arn": ORDERS.replace("*", "i-0a1b")},
        "requestParameters": {"encryptionContext": CONTEXT},
    } | fields
    return {
        "EventTime": datetime(2026, 1, 2, tzinfo=UTC),
        "EventName": "Decrypt",
        "EventSource": str(about["eventSource"]),
        "CloudTrailEvent": json.dumps(about),
    }


def test_cloudtrails_history(kms: Any, arn: str) -> None:
    """Against AWS's own model of CloudTrail's answers, which the client checks the stub by."""
    client = boto3.client("cloudtrail")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    asked = {
        "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": arn}],
        "StartTime": since,
    }
    other = "arn:aws:iam::111122223333:user/mallory"
    first = [
        record(),
        record(requestID="r-2", userIdentity={"arn": other}, awsRegion="us-east-1",
               errorCode="AccessDenied", requestParameters=None),
        record(eventSource="s3.amazonaws.com"),
    ]  # fmt: skip
    second = [
        record(requestID="r-3", userIdentity={"invokedBy": "rds.amazonaws.com"}),
        record(requestID="r-4", userIdentity="odd", requestParameters="odd"),
    ]
    with Stubber(client) as stub:
        stub.add_response("lookup_events", {"Events": first, "NextToken": "more"}, asked)
        stub.add_response("lookup_events", {"Events": second}, asked | {"NextToken": "more"})
        expected = ExpectedCallers(principals=[ORDERS], regions=[REGION])
        uses = list(AwsTrail(client=client).uses(arn, since=since, expected=expected))
    assert [use.request for use in uses] == ["r-1", "r-2", "r-3", "r-4"]
    assert uses[0].context == CONTEXT
    assert (uses[0].action, uses[0].source, uses[0].error) == ("Decrypt", "192.0.2.7", "")
    assert uses[0].unexpected is None
    assert (uses[1].region, uses[1].error) == ("us-east-1", "AccessDenied")
    assert [use.principal for use in uses[1:]] == [other, "rds.amazonaws.com", "unknown"]
    assert all("not among those expected" in (use.unexpected or "") for use in uses[1:])
    assert [use.request for use in unrecorded(uses, ["r-1", "r-3"])] == ["r-2", "r-4"]
    with pytest.raises(ValueError, match="time zone"):
        list(AwsTrail(client=client).uses(arn, since=datetime(2026, 1, 1)))
