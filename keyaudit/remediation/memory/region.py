"""Memory pages for one secret: locked, left out of core dumps, not handed to children."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from dataclasses import dataclass

from keyaudit.remediation.memory import libc
from keyaudit.remediation.memory.wiping import scrub_stack

_MADV_WIPEONFORK = 18
"""Linux 4.14, <linux/mman.h>; Python's `mmap` does not name it."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What the operating system granted. `missing` says in words what it did not, and why."""

    locked: bool
    """Never written to swap (mlock)."""
    not_dumped: bool
    """Left out of core dumps (MADV_DONTDUMP)."""
    wiped_on_fork: bool
    """Zero in a forked child from its first instruction (MADV_WIPEONFORK). Where the platform
    lacks it, the child of `os.fork` wipes its copy itself, right after the fork."""
    missing: tuple[str, ...] = ()


class Region:
    """`size` zero bytes in private pages of their own, until `wipe`."""

    def __init__(self, size: int) -> None:
        flags = {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
        self._map: mmap.mmap | None = mmap.mmap(-1, size, **flags)
        self._size = size
        anchor = ctypes.c_char.from_buffer(self._map)
        self._address = ctypes.addressof(anchor)
        del anchor  # else the map could never be closed
        self.protection = _protect(self._map, self._address, size)
        _live.add(self)

    @property
    def open(self) -> bool:
        """Whether the secret is still there."""
        return self._map is not None

    def view(self) -> memoryview:
        """The bytes, writable. The caller has checked `open`."""
        assert self._map is not None
        return memoryview(self._map)

    def wipe(self) -> None:
        """Overwrite the bytes and give the pages back; harmless when done before.

        A view that somebody still holds keeps the pages mapped. Those are filled with random
        bytes, not left at zero: a cipher that reads the key only when used would otherwise go on
        with the key everybody knows.
        """
        # One step, so that a finalizer in the middle of another call's wipe finds nothing to do.
        pages, self._map = self._map, None
        if pages is None:
            return
        ctypes.memset(self._address, 0, self._size)
        scrub_stack()
        try:
            pages.close()
        except BufferError:
            pages[:] = os.urandom(self._size)
        _live.discard(self)


_live: set[Region] = set()


def _wipe_in_child() -> None:
    for region in list(_live):
        region.wipe()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_wipe_in_child)


def _protect(pages: mmap.mmap, address: int, size: int) -> Protection:
    missing = []
    locked = _mlock(address, size)
    if locked:
        missing.append(f"mlock: {locked}")
    answers = []
    for name, advice in (
        ("MADV_DONTDUMP", getattr(mmap, "MADV_DONTDUMP", None)),
        ("MADV_WIPEONFORK", _MADV_WIPEONFORK if sys.platform == "linux" else None),
    ):
        problem = _madvise(pages, advice)
        answers.append(not problem)
        if problem:
            missing.append(f"{name}: {problem}")
    return Protection(not locked, answers[0], answers[1], tuple(missing))


def _mlock(address: int, size: int) -> str:
    """Why the pages could not be locked; empty when they are. Unmapping unlocks them."""
    call = libc.function("mlock", ctypes.c_void_p, ctypes.c_size_t)
    if call is None:
        return "this platform has none"
    if call(address, size) == 0:
        return ""
    return f"{os.strerror(ctypes.get_errno())}; see ulimit -l"


def _madvise(pages: mmap.mmap, advice: int | None) -> str:
    if advice is None or not hasattr(pages, "madvise"):
        return "this platform has none"
    try:
        pages.madvise(advice)
    except OSError as error:
        return os.strerror(error.errno or 0)
    return ""
