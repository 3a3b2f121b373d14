"""hvac clients (HashiCorp Vault and OpenBao), and the translation of their errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.errors import BackendError, MissingBackendError

_MISSING = "Vault and OpenBao need hvac: pip install 'keyaudit[vault]'"


def client() -> Any:
    """An hvac client for the server and token in the environment variables VAULT_ADDR and
    VAULT_TOKEN. Raises `MissingBackendError` without hvac."""
    try:
        import hvac
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    return hvac.Client()


@contextlib.contextmanager
def errors(operation: str) -> Iterator[None]:
    """Context manager that turns hvac's exceptions into `BackendError`. Its `code` is the name of
    the exception, which stands for the HTTP status: `Forbidden`, `InvalidPath`. `operation` names
    the call in the message. Raises `MissingBackendError` without hvac."""
    try:
        from hvac.exceptions import VaultError
        from requests.exceptions import RequestException
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    try:
        yield
    except VaultError as error:
        reasons = "; ".join(str(reason).strip() for reason in error.errors or [error])
        raise BackendError(f"Vault refused {operation}: {reasons}", type(error).__name__) from None
    except RequestException as error:
        raise BackendError(
            f"Vault could not be asked for {operation}: {error}", type(error).__name__
        ) from None
