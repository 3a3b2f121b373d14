"""Keys from Google Cloud's Secret Manager; extra `google`."""

from __future__ import annotations

import re
from typing import Any

from keyaudit.remediation.backends import google
from keyaudit.remediation.errors import BackendError
from keyaudit.remediation.secure_key import SecureKey

_NAME = re.compile(r"projects/[^/]+/(?:locations/[^/]+/)?secrets/[^/]+(?:/versions/[^/]+)?")


class GoogleSecret:
    """A callable that loads a key from Google Cloud's Secret Manager; the secret is the key's
    bytes.

    `name`: `projects/P/secrets/S` for the latest version, or with `/versions/V`; a regional secret
    has `/locations/L` after the project. `client`: a `SecretManagerServiceClient`, by default one
    with Application Default Credentials. The response holds the key as `bytes`, of which copies
    stay in freed memory. Raises ValueError for another name.
    """

    def __init__(self, name: str, *, client: Any = None) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a secret: projects/P/secrets/S[/versions/V]")
        self._name = name if "/versions/" in name else f"{name}/versions/latest"
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. Raises `BackendError` when Google refuses or the response's CRC-32C checksum is
        wrong, `MissingBackendError` without the client library, ValueError for an empty secret."""
        client = google.secrets_client() if self._client is None else self._client
        with google.errors("AccessSecretVersion"):
            answer = client.access_secret_version(request={"name": self._name})
        data = bytes(answer.payload.data)
        if google.crc32c(data) != int(answer.payload.data_crc32c):
            raise BackendError("the checksum of what Google gave does not fit it", "DATA_LOSS")
        return SecureKey.copy_of(data)
