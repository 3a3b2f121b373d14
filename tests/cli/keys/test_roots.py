"""Root keys of key services, by what `--root` says."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from keyaudit.cli.keys import roots
from keyaudit.cli.keys.passphrase import PassphraseSource
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import EscrowKey, generate_private_key
from tests.cli.support import run
from tests.remediation.lifecycle import root


def test_a_store_under_a_key_of_aws(tmp_path: Path) -> None:
    env = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
           "AWS_DEFAULT_REGION": "eu-central-1", "KEYAUDIT_STORE": "keys.db",
           "KEYAUDIT_ROOT": "aws-kms:alias/keys"}  # fmt: skip
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        kms = boto3.client("kms")
        made = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName="alias/keys", TargetKeyId=made["KeyId"])
        done = run("keys", "init", "--format", "json", folder=tmp_path, env=env, expect=0)
        assert json.loads(done.stdout) == {
            "store": "keys.db", "root": made["Arn"], "root_made": False,
        }  # fmt: skip
        run("keys", "generate", "orders", folder=tmp_path, env=env, expect=0)
        kms.disable_key(KeyId=made["KeyId"])
        gone = {**env, "KEYAUDIT_ROOT": "aws-kms:alias/gone"}
        failed = run("keys", "list", folder=tmp_path, env=gone, expect=3)
        assert "alias/gone" in failed.stderr


class Service:
    """Stands in for a provider: notes what it is asked to open."""

    opened: list[tuple[Any, ...]]

    def __init__(self) -> None:
        self.opened = []

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.opened.append((*arguments, *named.values()))
        return self.giver()

    open = __call__

    def giver(self) -> Any:
        return root()

    def key(self, label: str) -> Any:
        self.opened.append((label,))
        return root()

    def close(self) -> None:
        self.opened.append(("closed",))


@pytest.mark.parametrize(
    ("name", "provider", "expected"),
    [
        ("google-kms:projects/p/k", "GoogleKmsKey", [("projects/p/k",)]),
        ("azure-key-vault:https://v/keys/k", "AzureKeyVaultKey", [("https://v/keys/k",)]),
        ("vault-transit:k", "VaultTransitKey", [("k", "transit")]),
        ("vault-transit:a/b/k", "VaultTransitKey", [("k", "a/b")]),
        ("keyring:service/a/b", "KeyringKey", [("service", "a/b")]),
        ("pkcs11:t/k", "Pkcs11Token", [("lib.so", "t", "1234"), ("k",), ("closed",)]),
    ],
)
def test_services_are_asked_for_the_key_that_is_named(
    name: str, provider: str, expected: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service()
    if provider == "Pkcs11Token":
        monkeypatch.setattr(Service, "giver", lambda self: self)
    monkeypatch.setattr(roots, provider, service)
    monkeypatch.setenv("KEYAUDIT_PKCS11_MODULE", "lib.so")
    (tmp_path / "pin").write_text("1234")
    (tmp_path / "pin").chmod(0o600)
    with roots.opened_root(name, PassphraseSource(tmp_path / "pin")) as opened:
        assert opened.id == "root"
    assert service.opened == expected
    assert not roots.is_to_be_made(name)


def test_a_root_key_that_anybody_can_wrap_under_needs_anchors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an RSA key of Azure Key Vault is, for which a key with a public half stands in here."""
    private = generate_private_key("RSA-3072")
    made = EscrowKey(private.public_key(), private=private)
    monkeypatch.setattr(roots, "AzureKeyVaultKey", lambda _: made)
    env = {"KEYAUDIT_STORE": "keys.db", "KEYAUDIT_ROOT": "azure-key-vault:https://v/keys/k",
           "KEYAUDIT_ANCHORS": "anchors"}  # fmt: skip
    refused = run("keys", "init", "--anchors", "-", folder=tmp_path, env=env, expect=2)
    assert "anybody can wrap" in refused.stderr
    assert not (tmp_path / "keys.db").exists()
    run("keys", "init", folder=tmp_path, env=env, expect=0)
    run("keys", "generate", "orders", folder=tmp_path, env=env, expect=0)
    run("keys", "backup", "copy.db", folder=tmp_path, env=env, expect=0)
    run("keys", "list", "--anchors", "-", folder=tmp_path, env=env, expect=2)
    run("keys", "list", "--store", "copy.db", folder=tmp_path, env=env, expect=0)
    # Another store in its place.
    run("keys", "init", "--store", "new.db", folder=tmp_path, env=env, expect=0)
    (tmp_path / "new.db").replace(tmp_path / "keys.db")
    failed = run("keys", "list", folder=tmp_path, env=env, expect=3)
    assert "another store than before" in failed.stderr


@pytest.mark.parametrize("name", ["keyring:service", "pkcs11:/k", "pkcs11:t/"])
def test_a_name_without_its_parts_is_refused(name: str) -> None:
    with pytest.raises(KeyauditError, match="has not the form"), opened(name):
        pass


def test_a_token_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEYAUDIT_PKCS11_MODULE", raising=False)
    with pytest.raises(KeyauditError, match="KEYAUDIT_PKCS11_MODULE"), opened("pkcs11:t/k"):
        pass


@contextlib.contextmanager
def opened(name: str) -> Iterator[None]:
    with roots.opened_root(name, PassphraseSource()):
        yield
