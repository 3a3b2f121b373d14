"""AWS KMS as the key encryption key, against moto in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from keyaudit.remediation import (
    AwsKmsKey,
    BackendError,
    DecryptionError,
    EnvelopeCipher,
    KeyChain,
    LocalKey,
    SecureKey,
    read_header,
)

CONTEXT = {"purpose": "user-pii", "user": "1234"}


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield boto3.client("kms")


def make(kms: Any, alias: str | None = None, **options: str) -> str:
    arn = str(kms.create_key(**options)["KeyMetadata"]["Arn"])
    if alias:
        kms.create_alias(AliasName=alias, TargetKeyId=arn)
    return arn


def test_envelopes_under_a_kms_key(kms: Any) -> None:
    arn = make(kms, "alias/data")
    key = AwsKmsKey("alias/data")
    cipher = EnvelopeCipher(key)
    envelope = cipher.encrypt(b"data", CONTEXT)
    assert read_header(envelope).key_id == key.id == arn
    assert cipher.decrypt(envelope, CONTEXT) == b"data"
    with pytest.raises(DecryptionError):
        cipher.decrypt(envelope, {"purpose": "payments"})


def test_keys_of_ours_wrapped_by_kms(kms: Any) -> None:
    key = AwsKmsKey(make(kms), client=kms)
    with SecureKey.generate() as data_key:
        wrapped = key.wrap(data_key, CONTEXT)
        assert key.unwrap(wrapped, CONTEXT) == data_key
        with pytest.raises(DecryptionError):
            key.unwrap(wrapped, {})
        with pytest.raises((DecryptionError, BackendError)):
            key.unwrap(b"junk", CONTEXT)
    with SecureKey.generate(5000) as large, pytest.raises(ValueError, match="4096"):
        key.wrap(large, CONTEXT)


def test_an_alias_that_moves_on_takes_no_envelope_with_it(kms: Any) -> None:
    make(kms, "alias/data")
    old = AwsKmsKey("alias/data")
    envelope = EnvelopeCipher(old).encrypt(b"data", CONTEXT)
    kms.update_alias(AliasName="alias/data", TargetKeyId=make(kms))
    new = AwsKmsKey("alias/data")
    assert new.id != old.id
    moved = EnvelopeCipher(KeyChain(new, old)).rewrap(envelope, CONTEXT)
    assert EnvelopeCipher(new).decrypt(moved, CONTEXT) == b"data"


def test_from_a_local_key_to_kms(kms: Any) -> None:
    with LocalKey.generate() as local:
        envelope = EnvelopeCipher(local).encrypt(b"data", CONTEXT)
        remote = AwsKmsKey(make(kms))
        moved = EnvelopeCipher(KeyChain(remote, local)).rewrap(envelope, CONTEXT)
    assert EnvelopeCipher(remote).decrypt(moved, CONTEXT) == b"data"


def test_a_disabled_key_is_not_used_whatever_the_server_allows(kms: Any) -> None:
    arn = make(kms)
    key = AwsKmsKey(arn, check_state=True)
    cipher = EnvelopeCipher(key)
    envelope = cipher.encrypt(b"data", CONTEXT)
    kms.disable_key(KeyId=arn.rpartition("/")[2])  # moto takes no ARN here
    for use in (cipher.decrypt, cipher.encrypt):
        with pytest.raises(BackendError, match="Disabled") as error:
            use(envelope, CONTEXT)
        assert error.value.code == "KMSInvalidStateException"
    with SecureKey.generate() as data_key, pytest.raises(BackendError, match="Disabled"):
        key.wrap(data_key, CONTEXT)


def test_keys_that_are_not_there_or_not_for_this_are_refused(kms: Any) -> None:
    with pytest.raises(BackendError) as error:
        AwsKmsKey("alias/none")
    assert error.value.code == "NotFoundException"
    signing = make(kms, KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
    with pytest.raises(BackendError, match="no symmetric key"):
        AwsKmsKey(signing)


class Refusing:
    """A client that answers what a stub of boto3's transport would."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def describe_key(self, **_: object) -> dict[str, Any]:
        return {"KeyMetadata": {"KeySpec": "SYMMETRIC_DEFAULT", "Arn": "arn:made-up"}}

    def decrypt(self, **_: object) -> None:
        raise self._error


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_what_belongs_to_another_key_is_a_decryption_error(code: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "Decrypt")
    with pytest.raises(DecryptionError):
        AwsKmsKey("k", client=Refusing(error)).unwrap(b"", {})


def test_other_refusals_keep_their_code() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Decrypt")
    with pytest.raises(BackendError, match="refused Decrypt") as error:
        AwsKmsKey("k", client=Refusing(denied)).unwrap(b"", {})
    assert error.value.code == "AccessDeniedException"
    gone = EndpointConnectionError(endpoint_url="https://kms.example")
    with pytest.raises(BackendError, match="could not be asked"):
        AwsKmsKey("k", client=Refusing(gone)).unwrap(b"", {})
