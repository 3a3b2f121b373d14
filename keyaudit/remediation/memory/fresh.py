"""`bytes` that are written in place while nobody else has them."""

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
    """`size` bytes (2 or more: smaller ones are shared by all of Python) that `fill` writes into
    the view it is called with, every one of them; it keeps no view. ValueError for a smaller
    size; what `fill` raises is passed on."""
    if size < 2:
        raise ValueError("bytes to fill are 2 or more")
    made: bytes = _new(None, size)
    with _memory(_address(made), size, _WRITABLE) as view:
        fill(view)
    return made
