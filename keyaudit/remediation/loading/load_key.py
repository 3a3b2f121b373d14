"""Loads the key for the environment that the program runs in. There is no default key."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Protocol

from keyaudit.remediation.errors import KeySourceError, WeakParameterError
from keyaudit.remediation.secure_key import SecureKey, check_secure

VARIABLE = "KEYAUDIT_ENV"
_SYMMETRIC = "NIST SP 800-57 Part 1 Rev. 5, 5.6.1.1, Table 2: 128 bits of strength beyond 2030"
_MIN_BYTES = 16


class KeyProvider(Protocol):
    """A callable without arguments that returns a key: one of this package's, or your own."""

    def __call__(self) -> SecureKey:
        """The key; the caller closes it. Raises `KeySourceError`, `BackendError` and the like when
        there is none."""
        ...


def load_key(
    providers: Mapping[str, KeyProvider],
    *,
    environment: str | None = None,
    variable: str = VARIABLE,
) -> SecureKey:
    """Load the key for this environment into locked memory.

        key = load_key({
            "production": AwsSecret("prod/orders/key"),
            "development": EphemeralKey(),
        })

    `providers`: the name of each environment, and what loads its key: `WrappedKey`,
    `AwsWrappedKey`, `AwsSecret`, `AzureSecret`, `GoogleSecret`, `KeyFile`, `EphemeralKey`, or a
    callable of your own. `environment`: the name of the present one; if None, the environment
    variable `variable` holds it.

    There is no fallback: a variable that is not set, or an environment without a provider, is an
    error, so that a missing setting never makes production use a development key. An `EphemeralKey`
    is accepted for `development` and `test` only.

    Raises `KeySourceError` in these cases and when the provider has no key, `WeakParameterError`
    for a key under 16 bytes (NIST SP 800-57 Part 1 Rev. 5, 5.6.1.1, Table 2), and what the provider
    raises.
    """
    name = os.environ.get(variable, "") if environment is None else environment
    if not name:
        raise KeySourceError(
            f"{variable} is not set: it names the environment, one of {_listed(providers)}"
        )
    provider = providers.get(name)
    if provider is None:
        raise KeySourceError(f"there is no key for environment {name!r}, only {_listed(providers)}")
    if isinstance(provider, EphemeralKey) and name not in EphemeralKey.ENVIRONMENTS:
        raise KeySourceError(
            f"an ephemeral key is lost when the process ends: not for {name!r}, only for "
            f"{_listed(EphemeralKey.ENVIRONMENTS)}"
        )
    key = provider()
    check_secure(key)
    if len(key) < _MIN_BYTES:
        key.close()
        raise WeakParameterError(f"a key of {len(key)} bytes", "16 bytes or more", _SYMMETRIC)
    return key


class EphemeralKey:
    """A callable that generates a random key of `length` bytes, which is lost when the process
    ends; for development and tests. Data encrypted under it cannot be decrypted by the next run."""

    ENVIRONMENTS = ("development", "test")

    def __init__(self, length: int = 32) -> None:
        self._length = length

    def __call__(self) -> SecureKey:
        """A new key. Logs a warning. Raises `WeakParameterError` for a length under 16 bytes."""
        logging.getLogger("keyaudit.remediation").warning(
            "using an ephemeral key: what it encrypts is lost when this process ends"
        )
        return SecureKey.generate(self._length)


class KeyFile:
    """A callable that reads a key from a file as raw bytes, such as a secret that systemd
    (`LoadCredential`) or Kubernetes mounts in memory.

    `length`: the number of bytes that the file must have. The key is read directly into locked
    memory. With `check_mode`, a file that group or others have any access to is refused.
    """

    def __init__(
        self, file: str | os.PathLike[str], length: int = 32, *, check_mode: bool = True
    ) -> None:
        self._file = os.fspath(file)
        self._length = length
        self._check_mode = check_mode

    def __call__(self) -> SecureKey:
        """The key. Raises `KeySourceError` when the file is missing or not readable, has another
        length, or is accessible to others."""
        try:
            with open(self._file, "rb", buffering=0) as stream:  # noqa: PTH123
                status = os.fstat(stream.fileno())
                if self._check_mode and status.st_mode & 0o077:
                    raise KeySourceError(
                        f"{self._file} can be read by others; chmod 600 (or 400) it"
                    )
                if status.st_size != self._length:
                    raise KeySourceError(
                        f"{self._file} has {status.st_size} bytes, not the key's {self._length}"
                    )

                def fill(view: memoryview) -> None:
                    if stream.readinto(view) != len(view):
                        raise KeySourceError(f"{self._file} was cut short while it was read")

                return SecureKey.filled(self._length, fill)
        except OSError as error:
            raise KeySourceError(f"{self._file}: {error.strerror}") from None


def _listed(names: Mapping[str, object] | tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in sorted(names)) or "none"
