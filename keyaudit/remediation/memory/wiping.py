"""Overwrites secrets in memory."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING

from keyaudit.remediation.memory import libc

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Zeros(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_char * (15 * 1024)),)


_SMALLEST, _LARGEST = 128, 1100
_HARMLESS = ctypes.pythonapi.Py_IsInitialized
_ZEROS = _Zeros()
_NOTHING = bytes(256)
_TWO_RUNS = [1] * 256 + [0] * 256


def wipe(buffer: Buffer) -> None:
    """Overwrite a writable buffer (`bytearray`, writable `memoryview`, `array`) with zeros, in
    place.

    The compiled code that writes cannot be optimized away. Copies made of the buffer before are not
    wiped: keep a key in one buffer from the start.

    Raises TypeError for `bytes` and other read-only buffers, which cannot be wiped.
    """
    view = memoryview(buffer)
    if view.readonly:
        raise TypeError(
            f"a read-only buffer ({type(buffer).__name__}) cannot be wiped; "
            "keep the key in a SecureKey or a bytearray"
        )
    if view.format == "B" and view.ndim == 1 and view.nbytes <= len(_NOTHING):
        view[:] = _NOTHING[: view.nbytes]
    elif view.nbytes:
        target = (ctypes.c_char * view.nbytes).from_buffer(view)
        ctypes.memset(target, 0, view.nbytes)
    scrub_stack()


def scrub_stack() -> None:
    """Overwrite what earlier calls left on this thread's C stack, about 15 KiB of it.

    OpenSSL puts copies of its AES state on the stack, whose first round keys are the key itself,
    and does not wipe them. Two harmless calls overwrite them: a sort that merges two runs, which
    copies one of them (256 pointers) to an array on the stack, close to the caller; and a C call
    with a large structure of zeros passed by value, which is copied to the stack. This is the best
    that Python code can do; a test examines the memory afterwards.
    """
    if not _nesting.depth:
        _TWO_RUNS.copy().sort()
        _HARMLESS(_ZEROS)


def scrub_heap() -> None:
    """Overwrite small memory blocks that C code freed: up to 12 of each size from 128 bytes to
    about 1 KiB.

    OpenSSL's Argon2 frees the state of its BLAKE2b, which contains the password, without wiping it.
    The C library reuses the block freed last first, so allocating blocks of the same sizes reaches
    it. This is the best that Python code can do; a test examines the memory afterwards.
    """
    malloc = libc.function("malloc", ctypes.c_size_t)
    free = libc.function("free", ctypes.c_void_p)
    if malloc is None or free is None:
        return
    malloc.restype = ctypes.c_void_p  # type: ignore[attr-defined]
    for size in range(_SMALLEST, _LARGEST, 16):
        pieces = [piece for piece in (malloc(size) for _ in range(12)) if piece]
        for piece in pieces:
            ctypes.memset(piece, 0, size)
        for piece in pieces:
            free(piece)


class _Nesting(threading.local):
    depth = 0


_nesting = _Nesting()


class OneScrub:
    """Context manager for operations that wipe several keys: on this thread, the stack is scrubbed
    once at its end instead of after each wipe. The keys themselves are still overwritten at
    once."""

    def __enter__(self) -> None:
        _nesting.depth += 1

    def __exit__(self, *_: object) -> None:
        _nesting.depth -= 1
        scrub_stack()
