"""The root key of a store, by what `--root` says."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from keyaudit.cli.keys.passphrase import PassphraseSource
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import (
    AwsKmsKey,
    AzureKeyVaultKey,
    GoogleKmsKey,
    KeyEncryptionKey,
    KeyringKey,
    LocalKey,
    Pkcs11Token,
    VaultTransitKey,
)

_MODULE = "KEYAUDIT_PKCS11_MODULE"


@contextlib.contextmanager
def opened_root(
    name: str, passphrase: PassphraseSource, *, make: bool = False
) -> Iterator[KeyEncryptionKey]:
    """The root key within `with`: of a service, or of a key file, which `make` makes when it is
    not there. Raises KeyauditError for a file that is not there, `WeakParameterError` for a new
    passphrase that is too easy to guess, what the service raises, `WrongPasswordError`,
    `RecordFormatError`, OSError."""
    word, colon, key = name.partition(":")
    service = _SERVICES.get(word) if colon else None
    with contextlib.ExitStack() as stack:
        if service is not None:
            yield service(key, passphrase, stack)
        elif Path(name).exists():
            yield stack.enter_context(LocalKey.open(name, passphrase.read()))
        elif make:
            yield stack.enter_context(LocalKey.create(name, passphrase.read(new=True)))
        else:
            raise KeyauditError("there is no such key file", where=name,
                                hint="`keyaudit keys init` makes it")  # fmt: skip


def is_to_be_made(name: str) -> bool:
    """Whether `name` is that of a key file that is not there."""
    word, colon, _ = name.partition(":")
    return not (colon and word in _SERVICES) and not Path(name).exists()


def _transit(key: str) -> KeyEncryptionKey:
    mount, _, name = key.rpartition("/")
    return VaultTransitKey(name, mount=mount or "transit")


def _keyring(key: str, _: PassphraseSource, stack: contextlib.ExitStack) -> KeyEncryptionKey:
    return stack.enter_context(contextlib.closing(KeyringKey.open(*_two(key, "SERVICE/NAME"))))


def _pkcs11(key: str, pin: PassphraseSource, stack: contextlib.ExitStack) -> KeyEncryptionKey:
    token, label = _two(key, "TOKEN/KEY")
    module = os.environ.get(_MODULE)
    if not module:
        raise KeyauditError("a PKCS#11 token needs its vendor's library", where="--root",
                            hint=f"{_MODULE} names it")  # fmt: skip
    opened = Pkcs11Token.open(module, token, pin.text())
    return stack.enter_context(contextlib.closing(opened)).key(label)


def _two(key: str, form: str) -> tuple[str, str]:
    first, slash, second = key.partition("/")
    if not (slash and first and second):
        raise KeyauditError(f"{key!r} has not the form {form}", where="--root")
    return first, second


_Opener = Callable[[str, PassphraseSource, contextlib.ExitStack], KeyEncryptionKey]
# Word before the colon to what opens the key that is named after it.
_SERVICES: dict[str, _Opener] = {
    "aws-kms": lambda key, _, __: AwsKmsKey(key),
    "azure-key-vault": lambda key, _, __: AzureKeyVaultKey(key),
    "google-kms": lambda key, _, __: GoogleKmsKey(key),
    "keyring": _keyring,
    "pkcs11": _pkcs11,
    "vault-transit": lambda key, _, __: _transit(key),
}
