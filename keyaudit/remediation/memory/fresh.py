"""Creates `bytes` objects whose content is written in place, without a second buffer."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

# What C code does to make `bytes` (C API, "Bytes Objects": PyBytes_FromStringAndSize with NULL).
# Filling a buffer first and copying it after costs as much as encrypting it.
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_char_p, ctypes.c_ssize_t)(
    ("PyBytes_FromStringAndSize", ctypes.pythonapi)
)
_address = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object)(
    ("PyBytes_AsString", ctypes.pythonapi)
)
_memory = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)(
    ("PyMemoryView_FromMemory", ctypes.pythonapi)
)
_WRITABLE = 0x200
"""PyBUF_WRITE."""


def filled_bytes(size: int, fill: Callable[[memoryview], object]) -> bytes:
    """A `bytes` object of `size` bytes (2 or more: Python shares shorter ones) that `fill` has
    written. `fill` is called with a writable view, must write every byte of it and keep no view.
    Raises ValueError for a smaller size, and what `fill` raises."""
    if size < 2:
        raise ValueError("bytes to fill are 2 or more")
    made: bytes = _new(None, size)
    with _memory(_address(made), size, _WRITABLE) as view:
        fill(view)
    return made
