"""Keys from Google Cloud's Secret Manager; extra `google`."""

from __future__ import annotations

import re
from typing import Any

from keyaudit.remediation.backends import google
from keyaudit.remediation.errors import BackendError
from keyaudit.remediation.secure_key import SecureKey

_NAME = re.compile(r"projects/[^/]+/(?:locations/[^/]+/)?secrets/[^/]+(?:/versions/[^/]+)?")


class GoogleSecret:
    """A secret of Google Cloud's Secret Manager that holds the bytes of a key.

    `name`: `projects/P/secrets/S`, of which the latest version is taken, or with `/versions/V`.
    `client`: a `SecretManagerServiceClient`, by default one with Application Default Credentials.
    The response holds the key as `bytes`, of which copies stay in freed memory. ValueError for
    another name.
    """

    def __init__(self, name: str, *, client: Any = None) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a secret: projects/P/secrets/S[/versions/V]")
        self._name = name if "/versions/" in name else f"{name}/versions/latest"
        self._client = client

    def __call__(self) -> SecureKey:
        """The key. `BackendError` when Google refuses, or the answer was changed on its way (its
        checksum is compared)."""
        client = google.secrets_client() if self._client is None else self._client
        with google.errors("AccessSecretVersion"):
            answer = client.access_secret_version(request={"name": self._name})
        data = bytes(answer.payload.data)
        if google.crc32c(data) != int(answer.payload.data_crc32c):
            raise BackendError("the checksum of what Google gave does not fit it", "DATA_LOSS")
        return SecureKey.copy_of(data)
