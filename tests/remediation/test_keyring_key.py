"""The operating system's keyring as the keeper of a key encryption key: PyPI's keyring with GNOME
Keyring, and for what goes wrong with a keyring in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keyaudit.remediation import (
    BackendError,
    EnvelopeCipher,
    KeyringKey,
    KeySourceError,
    SecureKey,
    WeakParameterError,
)
from tests.remediation import kek_contract

keyring = pytest.importorskip("keyring", reason="keyring is not installed")


def make(priority: float = 5) -> Any:
    class Memory(keyring.backend.KeyringBackend):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.entries: dict[tuple[str, str], str] = {}
            self.locked = False
            self.forgets = False

        def get_password(self, service: str, username: str) -> str | None:
            if self.locked:
                raise keyring.errors.KeyringLocked("the keyring is locked")
            return self.entries.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            if not self.forgets:
                self.entries[service, username] = password

    Memory.priority = priority
    return Memory()


@pytest.fixture
def memory() -> Iterator[Any]:
    before = keyring.get_keyring()
    backend = make()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_it_wraps_as_every_key_does(memory: Any) -> None:
    with KeyringKey.create("app", "kek") as key, KeyringKey.create("app", "other") as other:
        kek_contract.check(key, other)
        with SecureKey.generate() as secret:
            wrapped = key.wrap(secret, {})
            with KeyringKey.open("app", "kek") as opened:
                assert opened.id == key.id
                assert opened.unwrap(wrapped, {}) == secret
        text = memory.entries["app", "kek"].split()[-1]
        assert text not in repr(key)


DESKTOP = """
set -eu
printf made-up | gnome-keyring-daemon --unlock --components=secrets >/dev/null
"$1" -c '
import keyring
from keyaudit.remediation import EnvelopeCipher, KeyringKey
with KeyringKey.create("app", "kek") as key:
    envelope = EnvelopeCipher(key).encrypt(b"data", {})
with KeyringKey.open("app", "kek") as key:
    print(EnvelopeCipher(key).decrypt(envelope, {}).decode())
print(type(keyring.get_keyring()).__module__)
keyring.delete_password("app", "kek")
try:
    KeyringKey.open("app", "kek")
except Exception as error:
    print(type(error).__name__)
'
"""


@pytest.mark.skipif(
    not shutil.which("dbus-run-session") or not shutil.which("gnome-keyring-daemon"),
    reason="no GNOME Keyring; on Debian, .ci/install-keepers installs it",
)
def test_gnome_keyring_keeps_a_key(tmp_path: Path) -> None:
    pytest.importorskip("secretstorage")
    (tmp_path / "run").mkdir(mode=0o700)
    folders = {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
    }
    run = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", DESKTOP, "sh", sys.executable],
        env={**os.environ, **folders, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stdout.split() == ["data", "keyring.backends.SecretService", "KeySourceError"], (
        run.stderr
    )


def test_nothing_is_overwritten_and_nothing_is_made_up(memory: Any) -> None:
    KeyringKey.create("app", "kek").close()
    kept = dict(memory.entries)
    with pytest.raises(KeySourceError, match="already"):
        KeyringKey.create("app", "kek")
    with pytest.raises(KeySourceError, match="no entry"):
        KeyringKey.open("app", "none")
    assert memory.entries == kept
    memory.forgets = True
    with pytest.raises(KeySourceError, match="did not keep"):
        KeyringKey.create("app", "new")


@pytest.mark.parametrize("text", ["", "hunter", "keyaudit-key-1 id !", "keyaudit-key-2 id AAAA"])
def test_other_entries_are_no_keys(memory: Any, text: str) -> None:
    memory.entries["app", "kek"] = text
    with pytest.raises(KeySourceError, match="is no key") as error:
        KeyringKey.open("app", "kek")
    assert not text or text not in str(error.value)


def test_a_short_key_is_refused(memory: Any) -> None:
    memory.entries["app", "kek"] = "keyaudit-key-1 id AAAAAAAAAAAAAAAAAAAAAA=="
    with pytest.raises(WeakParameterError, match="16 bytes"):
        KeyringKey.open("app", "kek")


def test_a_locked_keyring_is_a_backend_error(memory: Any) -> None:
    key = KeyringKey.create("app", "kek")
    memory.locked = True
    for use in (KeyringKey.open, KeyringKey.create):
        with pytest.raises(BackendError, match="locked") as error:
            use("app", "kek")
        assert error.value.code == "KeyringLocked"
    with key:
        EnvelopeCipher(key).encrypt(b"data", {})


@pytest.mark.parametrize("weak", ["alone", "chained", "null", "fail"])
def test_keyrings_that_keep_no_secret_are_refused(memory: Any, weak: str) -> None:
    from keyring.backends import fail, null

    backend = {"null": null.Keyring, "fail": fail.Keyring}.get(weak, lambda: make(0.5))()
    if weak == "chained":
        memory.backends = [make(), backend]
        backend = memory
    keyring.set_keyring(backend)
    for use in (KeyringKey.open, KeyringKey.create):
        with pytest.raises(WeakParameterError, match="priority 1"):
            use("app", "kek")
