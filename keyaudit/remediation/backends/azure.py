"""Azure Key Vault clients, and the translation of their errors into `BackendError`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.errors import BackendError, MissingBackendError

_MISSING = "Azure Key Vault needs its client: pip install 'keyaudit[azure]'"


def key_client(vault: str) -> Any:
    """A `KeyClient` for the vault at that URL, with azure-identity's `DefaultAzureCredential`.
    Raises `MissingBackendError` without the client libraries."""
    try:
        from azure.identity import DefaultAzureCredential
        from azure.keyvault.keys import KeyClient
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    return KeyClient(vault, DefaultAzureCredential())


def secret_client(vault: str) -> Any:
    """A `SecretClient` for the vault at that URL; credential and errors as `key_client`."""
    try:
        from azure.identity import DefaultAzureCredential
        from azure.keyvault.secrets import SecretClient
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    return SecretClient(vault, DefaultAzureCredential())


def secret_name(url: str) -> tuple[str, str, str | None]:
    """The vault URL, name and version (None when the URL has none) that a secret's URL consists of.
    Raises ValueError for any other text, `MissingBackendError` without the client library."""
    try:
        from azure.keyvault.secrets import KeyVaultSecretIdentifier
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    try:
        found = KeyVaultSecretIdentifier(url)
    except ValueError:
        found = None
    if found is None or not url.startswith("https://") or "/secrets/" not in url:
        raise ValueError(
            f"{url!r} is no secret of a vault: https://VAULT.vault.azure.net/secrets/NAME"
        )
    return str(found.vault_url), str(found.name), found.version or None


def key_name(key: str) -> tuple[str, str, str | None]:
    """The vault URL, name and version (None when the URL has none) that a key's URL consists of.
    Raises ValueError for any other text, `MissingBackendError` without the client library."""
    try:
        from azure.keyvault.keys import KeyVaultKeyIdentifier
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    try:
        found = KeyVaultKeyIdentifier(key)
    except ValueError:
        raise ValueError(
            f"{key!r} is no key of a vault, such as https://VAULT.vault.azure.net/keys/NAME"
        ) from None
    return str(found.vault_url), str(found.name), found.version or None


@contextlib.contextmanager
def errors(operation: str) -> Iterator[None]:
    """Context manager that turns the exceptions of Azure's clients into `BackendError` with Azure's
    message. Its `code` is Azure's error code, else the HTTP status, or the name of the client's
    exception when Azure gave no answer. `operation` names the call in the message. Raises
    `MissingBackendError` without the client libraries."""
    try:
        from azure.core.exceptions import AzureError, HttpResponseError
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    try:
        yield
    except HttpResponseError as error:
        code = getattr(error.error, "code", None) or str(error.status_code or "")
        raise BackendError(f"Azure refused {operation}: {error.message}", code) from None
    except AzureError as error:
        raise BackendError(
            f"Azure could not be asked for {operation}: {error}", type(error).__name__
        ) from None
