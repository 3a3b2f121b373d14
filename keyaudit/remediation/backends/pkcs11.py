"""PKCS#11 tokens by python-pkcs11, and the translation of its errors into `BackendError`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.errors import BackendError, MissingBackendError

_MISSING = "PKCS#11 tokens need python-pkcs11: pip install 'keyaudit[pkcs11]'"


def api() -> Any:
    """The module `pkcs11` of python-pkcs11. Raises `MissingBackendError` when it is not
    installed."""
    try:
        import pkcs11
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    return pkcs11


def token(module: str | os.PathLike[str], label: str) -> Any:
    """The token with that label. `module`: the path of the vendor's PKCS#11 module (a shared
    library). Raises `BackendError` when there is no such module, no such token or more than one,
    `MissingBackendError` without python-pkcs11."""
    with errors("to find the token"):
        return api().lib(os.fspath(module)).get_token(token_label=label)


@contextlib.contextmanager
def errors(operation: str) -> Iterator[None]:
    """Context manager that turns python-pkcs11's exceptions into `BackendError`. Its `code` is the
    name of the exception, such as `PinIncorrect` for CKR_PIN_INCORRECT. `operation` names the call
    in the message. Raises `MissingBackendError` without python-pkcs11."""
    base: type[Exception] = api().PKCS11Error
    try:
        yield
    except base as error:
        code = type(error).__name__
        raise BackendError(
            f"the token's module refused {operation}: {str(error) or code}", code
        ) from None
