"""Overwriting memory in place."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

_HARMLESS = ctypes.pythonapi.Py_IsInitialized
_ARGUMENTS = (None,) * 250
_TWO_RUNS = [*range(256, 512), *range(256)]


def wipe(buffer: Buffer) -> None:
    """Overwrite a writable buffer (`bytearray`, writable `memoryview`, `array`) with zeros.

    In place, by C's `memset`, which no compiler removes here. Copies made of it before stay
    where they are; so keep a key in one buffer from the start.

    Raises TypeError for `bytes` and whatever else is read-only: that cannot be wiped.
    """
    view = memoryview(buffer)
    if view.readonly:
        raise TypeError(
            f"a read-only buffer ({type(buffer).__name__}) cannot be wiped; "
            "keep the key in a SecureKey or a bytearray"
        )
    if view.nbytes:
        target = (ctypes.c_char * view.nbytes).from_buffer(view)
        ctypes.memset(target, 0, view.nbytes)
    scrub_stack()


def scrub_stack() -> None:
    """Overwrite what the calls made before left on this thread's C stack, some 15 KiB of it.

    OpenSSL works on copies of its AES state there, whose first round keys are the key itself, and
    leaves them. Two ordinary calls write over them. A sort that merges two runs keeps one of
    them, 256 pointers, in an array on the stack, close to the caller. ctypes lays out a call's
    arguments on the stack, 48 bytes and more each, and zeroes them first; here for a C function
    that takes none. A best effort, as it must be from Python; a test reads the memory after.
    """
    _TWO_RUNS.copy().sort()
    _HARMLESS(*_ARGUMENTS)
