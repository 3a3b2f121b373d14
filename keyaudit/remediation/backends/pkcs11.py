"""python-pkcs11, and its errors as ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from keyaudit.remediation.errors import BackendError, MissingBackendError

_MISSING = "PKCS#11 tokens need python-pkcs11: pip install 'keyaudit[pkcs11]'"


def api() -> Any:
    """The module `pkcs11`; `MissingBackendError` without it."""
    try:
        import pkcs11
    except ImportError:
        raise MissingBackendError(_MISSING) from None
    return pkcs11


def token(module: str | os.PathLike[str], label: str) -> Any:
    """The token of that label behind a vendor's module (a shared library). `BackendError` when
    there is no such module, no such token or more than one."""
    with errors("to find the token"):
        return api().lib(os.fspath(module)).get_token(token_label=label)


@contextlib.contextmanager
def errors(operation: str) -> Iterator[None]:
    """Turn what python-pkcs11 raises within `with` into `BackendError`; the code is its name for
    the return value (`PinIncorrect` for CKR_PIN_INCORRECT)."""
    base: type[Exception] = api().PKCS11Error
    try:
        yield
    except base as error:
        code = type(error).__name__
        raise BackendError(
            f"the token's module refused {operation}: {str(error) or code}", code
        ) from None
