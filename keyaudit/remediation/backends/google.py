"""Google Cloud clients, and the translation of their errors into `BackendError`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.errors import BackendError, MissingBackendError

MISSING = "Google Cloud KMS needs its client: pip install 'keyaudit[google]'"


def kms_client() -> Any:
    """A `KeyManagementServiceClient` with Application Default Credentials. Raises
    `MissingBackendError` without the client library, `BackendError` without credentials."""
    try:
        from google.cloud import kms
    except ImportError:
        raise MissingBackendError(MISSING) from None
    with errors("KMS"):
        return kms.KeyManagementServiceClient()


def secrets_client() -> Any:
    """A `SecretManagerServiceClient`; credentials and errors as `kms_client`."""
    try:
        from google.cloud import secretmanager
    except ImportError:
        raise MissingBackendError(
            "Google Cloud's Secret Manager needs its client: pip install 'keyaudit[google]'"
        ) from None
    with errors("Secret Manager"):
        return secretmanager.SecretManagerServiceClient()


def crc32c(data: bytes) -> int:
    """The CRC-32C checksum (RFC 3385) of `data`, which Google's services send and expect. Raises
    `MissingBackendError` without google-crc32c."""
    try:
        import google_crc32c
    except ImportError:
        raise MissingBackendError(MISSING) from None
    return int(google_crc32c.value(data))


@contextlib.contextmanager
def errors(operation: str) -> Iterator[None]:
    """Context manager that turns the exceptions of Google's clients into `BackendError`. Its `code`
    is the status of google.rpc.Code, such as `PERMISSION_DENIED`, or the name of the client's
    exception when there is none. `operation` names the call in the message. Raises
    `MissingBackendError` without the client libraries."""
    try:
        from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
    except ImportError:
        raise MissingBackendError(MISSING) from None
    try:
        yield
    except GoogleAPICallError as error:
        code = _status(error)
        raise BackendError(
            f"Google Cloud refused {operation}: {code} {error.message}".rstrip(), code
        ) from None
    except (GoogleAPIError, GoogleAuthError) as error:
        raise BackendError(
            f"Google Cloud could not be asked for {operation}: {error}", type(error).__name__
        ) from None


def _status(error: Any) -> str:
    if error.grpc_status_code is not None:
        return str(error.grpc_status_code.name)
    # Over REST, the exception's class follows from the HTTP status, which several codes share.
    with contextlib.suppress(Exception):
        return str(error.response.json()["error"]["status"])
    return type(error).__name__
