"""Overwriting memory in place."""

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
    """Overwrite a writable buffer (`bytearray`, writable `memoryview`, `array`) with zeros.

    In place, by code in C that no compiler sees through to here. Copies made of it before stay
    where they are; so keep a key in one buffer from the start.

    Raises TypeError for `bytes` and whatever else is read-only: that cannot be wiped.
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
    """Overwrite what the calls made before left on this thread's C stack, some 15 KiB of it.

    OpenSSL works on copies of its AES state there, whose first round keys are the key itself, and
    leaves them. Two ordinary calls write over them. A sort that merges two runs keeps one of
    them, 256 pointers, in an array on the stack, close to the caller. A structure passed by value
    is copied to the stack whole, zeros here; to a C function that takes none and does not care. A
    best effort, as it must be from Python; a test reads the memory after.
    """
    if not _nesting.depth:
        _TWO_RUNS.copy().sort()
        _HARMLESS(_ZEROS)


def scrub_heap() -> None:
    """Overwrite small pieces of memory that C code gave back, some 12 of each size up to 1 KiB.

    OpenSSL's Argon2 gives the state of its BLAKE2b back as it is, with the password in it. The C
    library hands out what was given back last first. A best effort; a test reads the memory after.
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
    """Within `with`, on this thread, the stack is not scrubbed after each wipe but once, at the
    end: for an operation that wipes several keys. What is wiped is overwritten at once as ever."""

    def __enter__(self) -> None:
        _nesting.depth += 1

    def __exit__(self, *_: object) -> None:
        _nesting.depth -= 1
        scrub_stack()
