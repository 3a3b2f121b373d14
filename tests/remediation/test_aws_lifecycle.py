"""The life-cycle verbs for KMS keys, against moto in this process, and against a stub of the
client where moto accepts what AWS refuses or lists in one page what AWS pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keyaudit.remediation import (
    AwsKeyManager,
    BackendError,
    KeyInUseError,
    KeyStateError,
    WeakParameterError,
)
from tests.remediation.lifecycle import Clock

HOUR = timedelta(hours=1)


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield boto3.client("kms")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def manager(kms: Any, clock: Clock) -> AwsKeyManager:
    return AwsKeyManager(client=kms, clock=clock)


@pytest.fixture
def key(kms: Any) -> str:
    id = str(kms.create_key()["KeyMetadata"]["KeyId"])
    for alias in ("alias/orders", "alias/legacy"):
        kms.create_alias(AliasName=alias, TargetKeyId=id)
    return id


def test_archiving_takes_a_key_out_of_use(manager: AwsKeyManager, key: str) -> None:
    assert set(manager.describe(key).aliases) == {"alias/orders", "alias/legacy"}
    found = manager.archive("alias/orders", by="ann", why="replaced by v2 (rotation, «2026»)")
    assert (found.id, found.state, found.aliases) == (key, "Disabled", ())
    assert found.tags["keyaudit:archived"] == "2026-01-01T00:00:00+00:00"
    assert found.tags["keyaudit:archived-by"] == "ann"
    assert found.tags["keyaudit:archived-why"] == "replaced by v2 _rotation_ _2026__"
    assert manager.archive(key, by="ann", why="again").state == "Disabled"
    with pytest.raises(ValueError, match="who acts"):
        manager.archive(key, by="", why="again")


def test_a_reactivation_ends_with_its_block(manager: AwsKeyManager, key: str) -> None:
    with pytest.raises(KeyStateError, match="is Enabled"):
        manager.reactivate(key, by="bob", why="ticket", for_=HOUR).__enter__()
    manager.archive(key, by="ann", why="old")
    with manager.reactivate(key, by="bob", why="ticket", for_=HOUR) as found:
        assert found.state == "Enabled"
        assert found.tags["keyaudit:reactivated-until"] == "2026-01-01T01:00:00+00:00"
    assert manager.describe(key).state == "Disabled"
    with pytest.raises(LookupError), manager.reactivate(key, by="b", why="w", for_=HOUR):
        raise LookupError
    found = manager.describe(key)
    assert found.state == "Disabled"
    assert "keyaudit:reactivated-until" not in found.tags
    with pytest.raises(ValueError, match="up to 7 days"):
        manager.reactivate(key, by="bob", why="ticket", for_=8 * 24 * HOUR).__enter__()


def test_a_reactivation_that_a_crash_left_is_ended(
    manager: AwsKeyManager, key: str, clock: Clock
) -> None:
    manager.archive(key, by="ann", why="old")
    held = manager.reactivate(key, by="bob", why="ticket", for_=HOUR)
    held.__enter__()
    assert manager.end_overdue() == ()
    clock.move(hours=1)
    assert manager.end_overdue() == (key,)
    assert manager.describe(key).state == "Disabled"
    assert manager.end_overdue() == ()


def test_a_key_in_use_is_not_deleted(manager: AwsKeyManager, kms: Any, key: str) -> None:
    kms.create_grant(
        KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:role/r", Operations=["Decrypt"]
    )
    with pytest.raises(KeyInUseError) as error:
        manager.schedule_destruction(key, by="ann", why="moved")
    assert set(error.value.usages) == {
        "1 approval is missing",
        "alias 'alias/orders' leads to it",
        "alias 'alias/legacy' leads to it",
        "1 grants let others use it",
        "it is enabled",
    }
    assert manager.describe(key).state == "Enabled"


@pytest.mark.parametrize("days", [0, 3, 6, 31])
def test_the_window_is_checked_here(manager: AwsKeyManager, key: str, days: int) -> None:
    manager.archive(key, by="ann", why="old")
    with pytest.raises(WeakParameterError, match="7 to 30 days"):
        manager.schedule_destruction(key, by="ann", why="moved", days=days)


def test_deletion_is_scheduled_and_taken_back(manager: AwsKeyManager, key: str) -> None:
    manager.archive(key, by="ann", why="old")
    with pytest.raises(KeyStateError, match="no deletion"):
        manager.cancel_destruction(key, by="ann")
    manager.approve_destruction(key, by="bob")
    found = manager.schedule_destruction(key, by="ann", why="moved", days=7)
    assert found.state == "PendingDeletion"
    assert found.deletion is not None
    assert found.deletion.utcoffset() == timedelta()
    for action in (manager.schedule_destruction, manager.archive):
        with pytest.raises(KeyStateError):
            action(key, by="ann", why="again")
    assert manager.cancel_destruction(key, by="bob").state == "Disabled"
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        manager.schedule_destruction(key, by="ann", why="moved", days=7)


def test_an_unknown_key_is_kmss_error(manager: AwsKeyManager) -> None:
    with pytest.raises(BackendError) as error:
        manager.describe("alias/none")
    assert error.value.code == "NotFoundException"


class Paging:
    """A client whose listings come in pages of one, as AWS's may."""

    def __init__(self, manager: str = "CUSTOMER") -> None:
        self.deleted: list[str] = []
        self._manager = manager

    def describe_key(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        metadata = {"KeyId": "k", "Arn": "arn:k", "KeyState": "Disabled"}
        return {"KeyMetadata": {**metadata, "KeyManager": self._manager}}

    def get_key_rotation_status(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        return {"KeyRotationEnabled": True}

    def list_aliases(self, KeyId: str, Marker: str = "0") -> dict[str, Any]:  # noqa: N803
        number = int(Marker)
        alias = {"AliasName": f"alias/{number}", "TargetKeyId": "k"}
        return {"Aliases": [alias], "Truncated": number < 2, "NextMarker": str(number + 1)}

    def list_resource_tags(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [], "Truncated": False}

    def list_keys(self, Marker: str = "0") -> dict[str, Any]:  # noqa: N803
        return {"Keys": [{"KeyId": "k"}], "Truncated": False}

    def list_grants(self, KeyId: str) -> dict[str, Any]:  # noqa: N803
        return {"Grants": [], "Truncated": False}

    def disable_key(self, KeyId: str) -> None: ...  # noqa: N803

    def tag_resource(self, KeyId: str, Tags: list[Any]) -> None: ...  # noqa: N803

    def delete_alias(self, AliasName: str) -> None:  # noqa: N803
        self.deleted.append(AliasName)


def test_aliases_on_later_pages_count() -> None:
    client = Paging()
    manager = AwsKeyManager(client=client)
    with pytest.raises(KeyInUseError) as error:
        manager.schedule_destruction("k", by="ann", why="moved")
    assert len(error.value.usages) == 4
    manager.archive("k", by="ann", why="old")
    assert client.deleted == ["alias/0", "alias/1", "alias/2"]


def test_awss_own_keys_are_left_alone() -> None:
    manager = AwsKeyManager(client=Paging("AWS"))
    for action in (manager.archive, manager.schedule_destruction):
        with pytest.raises(KeyStateError, match="managed by AWS"):
            action("k", by="ann", why="old")


def test_a_key_is_rotated_on_demand_and_by_policy(
    manager: AwsKeyManager, kms: Any, key: str
) -> None:
    found = manager.rotate("alias/orders", by="ann", why="quarterly")
    assert found.tags["keyaudit:rotated-by"] == "ann"
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 1
    asked = []
    kms.meta.events.register(
        "provide-client-params.kms.EnableKeyRotation", lambda params, **_: asked.append(params)
    )
    assert manager.rotate_every(key, by="ann", days=180).rotation is True
    assert asked == [{"KeyId": key, "RotationPeriodInDays": 180}]  # moto keeps no period
    for days in (89, 731):
        with pytest.raises(WeakParameterError, match="90 to 730"):
            manager.rotate_every(key, by="ann", days=days)
    kms.disable_key(KeyId=key)
    with pytest.raises(KeyStateError, match="not rotated"):
        manager.rotate(key, by="ann", why="w")
    with pytest.raises(KeyStateError, match="not rotated"):
        manager.rotate_every(key, by="ann")


def test_a_compromised_key_is_out_of_use(manager: AwsKeyManager, key: str) -> None:
    found = manager.compromise(key, by="ann", why="role taken over")
    assert (found.state, found.aliases) == ("Disabled", ())
    assert found.tags["keyaudit:state"] == "compromised"
    with manager.reactivate(key, by="bob", why="move the data", for_=HOUR) as lit:
        assert lit.state == "Enabled"


def test_a_reactivation_by_deadline_ends_by_the_timer(
    manager: AwsKeyManager, key: str, clock: Clock
) -> None:
    manager.archive(key, by="ann", why="old")
    assert manager.reactivate_until(key, by="bob", why="ticket", for_=HOUR).state == "Enabled"
    assert manager.end_overdue() == ()
    clock.move(hours=1)
    assert manager.end_overdue() == (key,)
    assert manager.describe(key).state == "Disabled"


def test_a_deletion_has_approvals_of_others_that_lapse(
    manager: AwsKeyManager, key: str, clock: Clock
) -> None:
    manager.archive(key, by="ann", why="old")
    manager.approve_destruction(key, by=" ANN ")  # their own does not count
    manager.approve_destruction(key, by="bob")
    with pytest.raises(KeyInUseError) as error:
        manager.schedule_destruction(key, by="ann", why="moved", approvals=2)
    assert error.value.usages == ("1 approval is missing",)
    clock.move(days=31)
    with pytest.raises(KeyInUseError) as error:
        manager.schedule_destruction(key, by="ann", why="moved", approvals=2)
    assert error.value.usages == ("2 approvals are missing",)


def test_a_key_is_retained(manager: AwsKeyManager, key: str) -> None:
    until = datetime(2026, 3, 1, tzinfo=UTC)
    manager.archive(key, by="ann", why="old")
    manager.retain_until(key, until, by="ann")
    manager.approve_destruction(key, by="bob")
    with pytest.raises(KeyInUseError, match="retained until 2026-03-01"):
        manager.schedule_destruction(key, by="ann", why="moved", days=7)
    with pytest.raises(KeyStateError, match="already"):
        manager.retain_until(key, until - timedelta(days=1), by="ann")
    with pytest.raises(ValueError, match="time zone"):
        manager.retain_until(key, datetime(2027, 1, 1), by="ann")


def test_all_keys_are_discovered(manager: AwsKeyManager, key: str, kms: Any) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    manager.archive(other, by="ann", why="old")
    found = {each.id: each.state for each in manager.discover()}
    assert found == {key: "Enabled", other: "Disabled"}
    manager = AwsKeyManager(client=Paging("AWS"))
    assert manager.discover() == ()
    assert [each.id for each in manager.discover(aws_managed=True)] == ["k"]


def test_reasons_are_asked_for(manager: AwsKeyManager, key: str) -> None:
    for verb in (manager.archive, manager.rotate, manager.compromise, manager.schedule_destruction):
        with pytest.raises(ValueError, match="why"):
            verb(key, by="ann", why=" ")
    with pytest.raises(ValueError, match="why"):
        manager.reactivate_until(key, by="ann", why="", for_=HOUR)
    assert manager.describe(key).state == "Enabled"


def test_nobody_approves_their_own_under_a_name_that_tags_cut_short(
    manager: AwsKeyManager, key: str, clock: Clock
) -> None:
    long = "ann " + "x" * 150
    manager.archive(key, by=long, why="old")
    manager.approve_destruction(key, by=long)
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        manager.schedule_destruction(key, by=long, why="moved")
    # Nor does one count that is of the future, and so never lapses.
    clock.move(days=4000)
    manager.approve_destruction(key, by="bob")
    clock.move(days=-4000)
    with pytest.raises(KeyInUseError, match="1 approval is missing"):
        manager.schedule_destruction(key, by=long, why="moved")


@pytest.mark.parametrize("deadline", ["soon", "", "2099-01-01T00:00:00", "9999999999"])
def test_a_deadline_that_is_no_time_ends_a_reactivation_and_no_other_is_kept(
    deadline: str, manager: AwsKeyManager, key: str, kms: Any, clock: Clock
) -> None:
    keys = [key, *(str(kms.create_key()["KeyMetadata"]["KeyId"]) for _ in range(3))]
    for each in keys:
        manager.archive(each, by="ann", why="old")
        manager.reactivate_until(each, by="bob", why="ticket", for_=HOUR)
        tags = [{"TagKey": "keyaudit:reactivated-until", "TagValue": deadline}]
    kms.tag_resource(KeyId=keys[0], Tags=tags)
    assert manager.end_overdue() == (keys[0],)
    clock.move(hours=1)
    assert set(manager.end_overdue()) == set(keys[1:])
    assert {manager.describe(each).state for each in keys} == {"Disabled"}


def test_a_key_that_kms_refuses_does_not_keep_others_from_being_ended(
    manager: AwsKeyManager, key: str, kms: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    keys = [key, *(str(kms.create_key()["KeyMetadata"]["KeyId"]) for _ in range(3))]
    for each in keys:
        manager.archive(each, by="ann", why="old")
        manager.reactivate_until(each, by="bob", why="ticket", for_=HOUR)
    clock.move(hours=1)
    tags = kms.list_resource_tags

    def refuse(**arguments: Any) -> Any:
        if arguments["KeyId"] == keys[0]:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "ListResourceTags")
        return tags(**arguments)

    with monkeypatch.context() as patch:
        patch.setattr(kms, "list_resource_tags", refuse)
        with pytest.raises(BackendError) as error:
            manager.end_overdue()
        assert error.value.code == "AccessDeniedException"
    states = {each: manager.describe(each).state for each in keys}
    assert states == {each: "Enabled" if each == keys[0] else "Disabled" for each in keys}
