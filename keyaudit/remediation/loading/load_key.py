"""A key for the environment that the program runs in, and never a default one."""

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
    """What gives a key: one of this package's, or any callable without arguments."""

    def __call__(self) -> SecureKey:
        """The key; whoever calls closes it. Raises `KeySourceError`, `BackendError` and the
        like when there is none."""
        ...


def load_key(
    providers: Mapping[str, KeyProvider],
    *,
    environment: str | None = None,
    variable: str = VARIABLE,
) -> SecureKey:
    """The key for this environment, in locked memory.

        key = load_key({
            "production": AwsSecret("prod/orders/key"),
            "development": EphemeralKey(),
        })

    `providers`: environment to where its key comes from: `WrappedKey`, `AwsWrappedKey`,
    `AwsSecret`, `KeyFile`, `EphemeralKey`, or your own. `environment`: its name; when None, the
    environment variable `variable` has it.

    Nothing is guessed: a variable that is not set, or names an environment without a provider, is
    an error, so that production never runs on a development key because of a missing setting. An
    `EphemeralKey` is refused for every environment but `development` and `test`.

    Raises `KeySourceError` for all that, and when the provider has none; `WeakParameterError` for
    a key under 16 bytes; what the provider raises otherwise (`BackendError`, ...).
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
    """A fresh random key of `length` bytes for this process: for development and tests. What it
    encrypts cannot be read by the next run, and so does not become data to keep."""

    ENVIRONMENTS = ("development", "test")

    def __init__(self, length: int = 32) -> None:
        self._length = length

    def __call__(self) -> SecureKey:
        """A new key, with a warning in the log."""
        logging.getLogger("keyaudit.remediation").warning(
            "using an ephemeral key: what it encrypts is lost when this process ends"
        )
        return SecureKey.generate(self._length)


class KeyFile:
    """The raw bytes of a file that only its owner can read, such as a secret that systemd
    (`LoadCredential`) or Kubernetes mounts in memory. `length`: how many bytes it has to have.

    Read right into locked memory. `check_mode` refuses a file that group or others can read.
    """

    def __init__(
        self, file: str | os.PathLike[str], length: int = 32, *, check_mode: bool = True
    ) -> None:
        self._file = os.fspath(file)
        self._length = length
        self._check_mode = check_mode

    def __call__(self) -> SecureKey:
        """The key. `KeySourceError` when the file is missing, of another length, or too open."""
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
