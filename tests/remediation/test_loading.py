"""Where a program's key comes from, and that nothing is ever guessed."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from keyaudit.remediation import (
    AwsKmsKey,
    AwsSecret,
    AwsWrappedKey,
    BackendError,
    ClosedKeyError,
    DecryptionError,
    EphemeralKey,
    KeyFile,
    KeyProvider,
    KeySourceError,
    LocalKey,
    SecureKey,
    WeakParameterError,
    WrappedKey,
    load_key,
)
from tests.remediation.fast import FAST

SECRET = bytes(range(50, 82))


def known() -> SecureKey:
    return SecureKey.copy_of(SECRET)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield


def test_the_environment_says_which_key(monkeypatch: pytest.MonkeyPatch) -> None:
    providers: dict[str, KeyProvider] = {"production": known, "development": EphemeralKey()}
    monkeypatch.setenv("KEYAUDIT_ENV", "production")
    assert load_key(providers).view() == SECRET
    monkeypatch.setenv("APP_ENV", "development")
    assert load_key(providers, variable="APP_ENV").view() != SECRET
    assert load_key(providers, environment="production").view() == SECRET


def test_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    providers: dict[str, KeyProvider] = {"production": known, "development": EphemeralKey()}
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv("KEYAUDIT_ENV", raising=False)
        else:
            monkeypatch.setenv("KEYAUDIT_ENV", value)
        with pytest.raises(KeySourceError, match=r"KEYAUDIT_ENV is not set.*'development', 'prod"):
            load_key(providers)
    with pytest.raises(KeySourceError, match="'staging'"):
        load_key(providers, environment="staging")
    with pytest.raises(KeySourceError, match="only none"):
        load_key({}, environment="production")


def test_ephemeral_keys_are_for_development_and_tests(caplog: pytest.LogCaptureFixture) -> None:
    with load_key({"test": EphemeralKey(16)}, environment="test") as key:
        assert len(key) == 16
    assert "ephemeral" in caplog.text
    with pytest.raises(KeySourceError, match="not for 'production'"):
        load_key({"production": EphemeralKey()}, environment="production")


def test_short_keys_are_refused() -> None:
    with pytest.raises(WeakParameterError, match="8 bytes"):
        load_key({"test": lambda: SecureKey.copy_of(bytes(8))}, environment="test")


def test_a_key_from_a_mounted_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(SECRET)
    file.chmod(0o400)
    assert KeyFile(file)().view() == SECRET
    file.chmod(0o440)
    with pytest.raises(KeySourceError, match="chmod 600"):
        KeyFile(file)()
    assert KeyFile(file, check_mode=False)().view() == SECRET
    with pytest.raises(KeySourceError, match="32 bytes, not the key's 16"):
        KeyFile(file, 16, check_mode=False)()
    with pytest.raises(KeySourceError, match="No such file"):
        KeyFile(tmp_path / "none")()
    with pytest.raises(KeySourceError):
        KeyFile(os.devnull, check_mode=False)()


@pytest.mark.usefixtures("aws")
def test_a_key_from_secrets_manager() -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="binary", SecretBinary=SECRET)
    client.create_secret(Name="text", SecretString=base64.b64encode(SECRET).decode())
    client.create_secret(Name="words", SecretString="a passphrase, and no key")
    assert AwsSecret("binary")().view() == SECRET
    assert AwsSecret("text", client=client)().view() == SECRET
    with pytest.raises(KeySourceError, match="neither binary nor base64"):
        AwsSecret("words")()
    with pytest.raises(BackendError, match="ResourceNotFoundException"):
        load_key({"production": AwsSecret("none")}, environment="production")


@pytest.mark.usefixtures("aws")
def test_a_key_that_kms_unwraps_is_the_same_at_every_start() -> None:
    kms_key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    context = {"service": "orders"}
    made, wrapped = AwsKmsKey(kms_key).new_data_key(context)
    for _ in range(2):
        loaded = load_key(
            {"production": AwsWrappedKey(kms_key, wrapped, context)}, environment="production"
        )
        assert loaded == made


def test_a_key_wrapped_under_any_key_encryption_key(tmp_path: Path) -> None:
    file, context = tmp_path / "kek.json", {"service": "orders"}
    with LocalKey.create(file, "gravel lantern mist", parameters=FAST) as kek:
        made, wrapped = kek.new_data_key(context)
    opened: list[LocalKey] = []

    def kek_of_today() -> LocalKey:
        opened.append(LocalKey.open(file, "gravel lantern mist"))
        return opened[-1]

    provider = WrappedKey(kek_of_today, wrapped, context)
    assert not opened
    for _ in range(2):
        assert load_key({"production": provider}, environment="production") == made
    with pytest.raises(DecryptionError):
        WrappedKey(kek_of_today, wrapped, {})()
    assert len(opened) == 3
    with SecureKey.generate() as secret:
        for kek in opened:  # closed after each use
            with pytest.raises(ClosedKeyError):
                kek.wrap(secret, {})
