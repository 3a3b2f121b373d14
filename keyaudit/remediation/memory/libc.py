"""Functions of the C library, by ctypes."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


@functools.cache
def function(name: str, *arguments: type) -> Callable[..., int] | None:
    """The function of the C library with that name, which takes `arguments` (ctypes types) and
    returns an int; `ctypes.get_errno` then gives its errno. None where the platform has no such
    function."""
    try:
        found = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no CDLL(None)
        return None
    found.argtypes = list(arguments)
    result: Callable[..., int] = found
    return result
