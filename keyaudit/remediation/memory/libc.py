"""Functions of the C library, looked up once."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


@functools.cache
def function(name: str, *arguments: type) -> Callable[..., int] | None:
    """A function of the C library that takes `arguments` and returns an int, with `errno` in
    `ctypes.get_errno`; None where the platform has no such function."""
    try:
        found = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no CDLL(None)
        return None
    found.argtypes = list(arguments)
    result: Callable[..., int] = found
    return result
