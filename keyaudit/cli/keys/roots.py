"""The root key of a store, by what `--root` says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from keyaudit.cli.keys.passphrase import PassphraseSource
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import AwsKmsKey, KeyEncryptionKey, LocalKey

# Word before the colon to what opens the key that is named after it.
_SERVICES: dict[str, Callable[[str], KeyEncryptionKey]] = {"aws-kms": lambda key: AwsKmsKey(key)}


def open_root(name: str, passphrase: PassphraseSource) -> KeyEncryptionKey:
    """The root key: of a service, or of a key file. Raises KeyauditError for a file that is not
    there, what the service raises, `WrongPasswordError`, `RecordFormatError`, OSError."""
    service = _service(name)
    if service is not None:
        return service
    file = Path(name)
    if not file.exists():
        raise KeyauditError("there is no such key file", where=name,
                            hint="`keyaudit keys init` makes it")  # fmt: skip
    return LocalKey.open(file, passphrase.read())


def make_root(name: str, passphrase: PassphraseSource) -> tuple[KeyEncryptionKey, bool]:
    """The root key, and whether it was made now: a key file is, when it is not there. Raises as
    `open_root`, and KeyauditError for a passphrase too short."""
    if _service(name) is None and not Path(name).exists():
        return LocalKey.create(name, passphrase.read(new=True)), True
    return open_root(name, passphrase), False


def _service(name: str) -> KeyEncryptionKey | None:
    word, colon, key = name.partition(":")
    open_key = _SERVICES.get(word) if colon else None
    return None if open_key is None else open_key(key)
