"""A token's key as the key encryption key, with SoftHSM: a real PKCS#11 token in software."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import (
    BackendError,
    DataKeyCache,
    EnvelopeCipher,
    Pkcs11Token,
    SecureKey,
    WeakParameterError,
)
from tests.remediation import kek_contract

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")

MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",  # Debian, Ubuntu
    "/usr/lib64/pkcs11/libsofthsm2.so",  # Fedora
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
MODULE = next((path for path in MODULES if Path(path).exists()), "")
pytestmark = pytest.mark.skipif(
    not MODULE or not shutil.which("softhsm2-util"),
    reason="no SoftHSM; on Debian, .ci/install-keepers installs it",
)
PIN = "4711"


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tokens `orders` and `other` in a folder of the test's own."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(config))
        for label in ("orders", "other"):
            command = (
                f"softhsm2-util --init-token --free --label {label} --pin {PIN} --so-pin {PIN}"
            )
            subprocess.run(command.split(), check=True, capture_output=True)
        yield
        pkcs11.unload(MODULE)


@pytest.fixture
def token(softhsm: None) -> Iterator[Pkcs11Token]:
    with Pkcs11Token.open(MODULE, "orders", PIN, writable=True) as opened:
        yield opened


def test_it_wraps_as_every_key_does(token: Pkcs11Token) -> None:
    key, other = token.create_key("a"), token.create_key("b")
    assert key.id.startswith("pkcs11:token=orders;serial=")
    kek_contract.check(key, other)


def test_a_key_is_found_again_in_another_session_and_never_leaves(softhsm: None) -> None:
    with Pkcs11Token.open(MODULE, "orders", PIN, writable=True) as first:
        made = first.create_key("kek 2026")
        envelope = EnvelopeCipher(made, cache=DataKeyCache()).encrypt(b"data", {"a": "b"})
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            _ = made._key[pkcs11.Attribute.VALUE]
    with Pkcs11Token.open(MODULE, "orders", PIN) as second:
        found = second.key("kek 2026")
        assert found.id == made.id
        assert "object=kek%202026;id=%" in found.id
        assert EnvelopeCipher(found).decrypt(envelope, {"a": "b"}) == b"data"
    for use in (made.wrap, found.wrap):
        with SecureKey.generate() as secret, pytest.raises(BackendError, match="closed"):
            use(secret, {})


def test_labels_name_one_key(token: Pkcs11Token) -> None:
    token.create_key("once")
    with pytest.raises(BackendError, match="already") as error:
        token.create_key("once")
    assert error.value.code == "LabelTaken"
    with pytest.raises(BackendError, match="0 AES keys"):
        token.key("none")
    _generate(token, "once")
    with pytest.raises(BackendError, match="2 AES keys"):
        token.key("once")


@pytest.mark.parametrize(
    ("label", "bits", "extractable", "sensitive", "text"),
    [
        ("short", 128, False, True, "128 bits"),
        ("leaves", 256, True, True, "can leave"),
        ("shown", 256, False, False, "can leave"),
    ],
)
def test_weak_keys_are_refused(
    token: Pkcs11Token, label: str, bits: int, extractable: bool, sensitive: bool, text: str
) -> None:
    _generate(token, label, bits, extractable, sensitive)
    with pytest.raises(WeakParameterError, match=text):
        token.key(label)


def test_faults_of_the_token_are_told_from_wrong_input(
    token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = token.create_key("faults")
    with SecureKey.generate() as secret:
        wrapped = key.wrap(secret, {})

        class Broken:
            def decrypt(self, *_: Any, **__: Any) -> bytes:
                raise pkcs11.exceptions.DeviceError

            encrypt = decrypt

        monkeypatch.setattr(key, "_key", Broken())
        with pytest.raises(BackendError, match="C_Decrypt") as error:
            key.unwrap(wrapped, {})
        assert error.value.code == "DeviceError"


def test_logging_in_goes_wrong_with_a_reason(softhsm: None) -> None:
    with pytest.raises(BackendError) as error:
        Pkcs11Token.open(MODULE, "orders", "0000")
    assert error.value.code == "PinIncorrect"
    with pytest.raises(BackendError) as error:
        Pkcs11Token.open(MODULE, "none", PIN)
    assert error.value.code == "NoSuchToken"
    with pytest.raises(BackendError, match="no-such-module"):
        Pkcs11Token.open("/no-such-module.so", "orders", PIN)
    with Pkcs11Token.open(MODULE, "orders", PIN) as reader, pytest.raises(BackendError) as error:
        reader.create_key("unwritable")
    assert error.value.code == "SessionReadOnly"


def test_a_session_does_not_pass_to_a_forked_child(
    token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = token.create_key("forked")
    monkeypatch.setattr(
        "keyaudit.remediation.providers.pkcs11_token.os.getpid", lambda: os.getppid()
    )
    with pytest.raises(BackendError) as error:
        key.unwrap(bytes(60), {})
    assert error.value.code == "Forked"


def _generate(
    token: Pkcs11Token,
    label: str,
    bits: int = 256,
    extractable: bool = False,
    sensitive: bool = True,
) -> None:
    with token.use("to make a key for the test") as session:
        session.generate_key(
            pkcs11.KeyType.AES,
            bits,
            label=label,
            id=os.urandom(4),
            store=True,
            template={
                pkcs11.Attribute.EXTRACTABLE: extractable,
                pkcs11.Attribute.SENSITIVE: sensitive,
            },
        )
