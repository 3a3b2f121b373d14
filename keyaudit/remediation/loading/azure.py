"""Keys from secrets in Azure Key Vault; extra `azure`."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from keyaudit.remediation.backends import azure
from keyaudit.remediation.errors import KeySourceError
from keyaudit.remediation.secure_key import SecureKey


class AzureSecret:
    """A callable that loads a key from a secret in Azure Key Vault, whose text is the key in
    base64.

    `secret`: its URL, `https://VAULT.vault.azure.net/secrets/NAME` for the current version, or with
    `/VERSION`. `client`: a `SecretClient` for that vault, by default one with azure-identity's
    default credential. The response holds the key as text, of which copies stay in freed memory.
    Raises ValueError for another URL, `MissingBackendError` without the client library.
    """

    def __init__(self, secret: str, *, client: Any = None) -> None:
        # keyaudit: ignore[KA402] the URL of a secret, which an error may name
        self._vault, self._name, self._version = azure.secret_name(secret)
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. Raises `BackendError` when Azure refuses, `KeySourceError` when the secret is
        empty or not base64, `MissingBackendError` without the client libraries."""
        client = azure.secret_client(self._vault) if self._client is None else self._client
        with azure.errors("GetSecret"):
            found = client.get_secret(self._name, self._version)
        try:
            return SecureKey(bytearray(base64.b64decode(found.value or "", validate=True)))
        except (binascii.Error, ValueError):
            raise KeySourceError(f"secret {self._name!r} holds no key in base64") from None
