"""boto3 clients, and the translation of boto3's errors into `BackendError`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.errors import BackendError, MissingBackendError


def client(service: str, region: str | None = None) -> Any:
    """A boto3 client of `service`, such as `kms` or `secretsmanager`. Credentials, and the region
    when `region` is None, come from boto3's own configuration. Raises `MissingBackendError` without
    boto3, `BackendError` when no region is configured."""
    try:
        import boto3
    except ImportError:
        raise MissingBackendError("AWS needs boto3: pip install 'keyaudit[aws]'") from None
    with errors():
        return boto3.client(service, region_name=region)


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Context manager that turns boto3's exceptions into `BackendError` with AWS's message. Its
    `code` is AWS's error code, or the name of boto3's exception when AWS gave no answer. Raises
    `MissingBackendError` without boto3."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise MissingBackendError("AWS needs boto3: pip install 'keyaudit[aws]'") from None
    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        code = str(details.get("Code", ""))
        message = str(details.get("Message", ""))
        raise BackendError(
            f"AWS refused {error.operation_name}: {code} {message}".rstrip(), code
        ) from None
    except BotoCoreError as error:
        raise BackendError(f"AWS could not be asked: {error}", type(error).__name__) from None
