"""boto3 clients, who they ask as, and the translation of boto3's errors into `BackendError`."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.auditing.callers import UNKNOWN, Caller
from keyaudit.remediation.errors import BackendError, MissingBackendError

_KNOWN_SECONDS = 900.0
"""Of one answer: credentials of a role are replaced while a process runs, its name is seldom."""
_UNKNOWN_SECONDS = 60.0
_WAIT_SECONDS = 3


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
        request = request_id(error.response)
        message = str(details.get("Message", ""))
        raise BackendError(
            f"AWS refused {error.operation_name}: {code} {message}".rstrip(), code, request
        ) from None
    except BotoCoreError as error:
        raise BackendError(f"AWS could not be asked: {error}", type(error).__name__) from None


def request_id(response: Any) -> str:
    """The id that AWS gave the request with this response, which CloudTrail has as `requestID`."""
    return str(response.get("ResponseMetadata", {}).get("RequestId", ""))


class Identity:
    """Who the requests of `client` are made as, and in which region.

    `sts`: a boto3 STS client with the same credentials, or None for `boto3.client("sts")`, made
    when first asked. It is asked by `GetCallerIdentity`, which needs no permission, once in 15
    minutes. Without an answer the principal is `unknown`, which is logged, and nothing fails.
    """

    def __init__(self, client: Any, sts: Any) -> None:
        self._client = client
        self._sts = sts
        self._principal = UNKNOWN
        self._until = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> Caller:
        """The caller."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._principal, seconds = self._asked()
                self._until = time.monotonic() + seconds
            return Caller(self._principal, self._region())

    def _region(self) -> str:
        return str(self._client.meta.region_name)

    def _asked(self) -> tuple[str, float]:
        try:
            if self._sts is None:
                self._sts = _quick_client("sts", self._region())
            with errors():
                return str(self._sts.get_caller_identity()["Arn"]), _KNOWN_SECONDS
        except (BackendError, MissingBackendError) as error:
            logging.getLogger("keyaudit.remediation").warning(
                "AWS did not say who this process is: %s", error
            )
            return UNKNOWN, _UNKNOWN_SECONDS


def _quick_client(service: str, region: str) -> Any:
    """A client that gives up soon, for what an operation does not depend on."""
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_WAIT_SECONDS, read_timeout=_WAIT_SECONDS, retries={"max_attempts": 0}
    )
    with errors():
        return boto3.client(service, region_name=region, config=config)
