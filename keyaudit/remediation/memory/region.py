"""Memory for secrets: locked, excluded from core dumps, and not passed to forked children."""

from __future__ import annotations

import atexit
import ctypes
import mmap
import os
import sys
from dataclasses import dataclass

from keyaudit.remediation.memory import libc
from keyaudit.remediation.memory.wiping import scrub_stack

_MADV_WIPEONFORK = 18
"""Linux 4.14, <linux/mman.h>; Python's `mmap` does not name it."""
_CELL = 64
"""Bytes: what most keys fit in. Larger secrets have pages of their own."""

Cell = ctypes.Array[ctypes.c_char]
"""Bytes within protected pages, which they keep mapped."""


@dataclass(frozen=True, slots=True)
class Protection:
    """The protection that the operating system granted to a key's memory. `missing`: what it did
    not grant, and why, as text."""

    locked: bool
    """Never written to swap (mlock)."""
    not_dumped: bool
    """Left out of core dumps (MADV_DONTDUMP)."""
    wiped_on_fork: bool
    """Zero in a forked child from its first instruction (MADV_WIPEONFORK). Where the platform
    lacks it, the child of `os.fork` wipes its copy itself, right after the fork."""
    missing: tuple[str, ...] = ()


class Region:
    """`size` bytes of protected memory, zero at first, until `wipe`.

    Up to 64 bytes share pages with others: allocating a page costs more than most uses of a key,
    and a process may lock few pages. The bytes of a wiped region are used again only when no view
    of them is left.
    """

    __slots__ = ("_cell", "_size", "protection")

    def __init__(self, size: int) -> None:
        self._size = size
        cell, self.protection = _own_pages(size) if size > _CELL else _shared_cell()
        self._cell: Cell | None = cell
        _live.add(self)

    @property
    def open(self) -> bool:
        """Whether the region has not been wiped."""
        return self._cell is not None

    def view(self) -> memoryview:
        """The bytes, as a writable view. Call it only while `open` is true."""
        assert self._cell is not None
        return memoryview(self._cell).cast("B")[: self._size]

    def wipe(self) -> None:
        """Overwrite the bytes and release them. Calling it again does nothing.

        If somebody still holds a view, the bytes stay allocated and are filled with random bytes
        rather than zeros: a cipher that reads its key only when used would otherwise continue with
        a known key.
        """
        # One step, so that a finalizer in the middle of another call's wipe finds nothing to do.
        cell, self._cell = self._cell, None
        if cell is None:
            return
        ctypes.memset(cell, 0, self._size)
        scrub_stack()
        _live.discard(self)
        viewed = _references(cell) > _UNVIEWED
        if viewed:
            memoryview(cell).cast("B")[:] = os.urandom(len(cell))
        # A page that could not be locked serves one secret, so that the next one tries again.
        if len(cell) == _CELL and self.protection.locked:
            (_viewed if viewed else _free).append((cell, self.protection))


_live: set[Region] = set()
# Lists, because `append` and `pop` are single steps: threads, finalizers and signal handlers
# may come in between anything else, and what one of them has popped is nobody else's.
_free: list[tuple[Cell, Protection]] = []
_viewed: list[tuple[Cell, Protection]] = []
"""Wiped, but with views left when last looked at."""


def _shared_cell() -> tuple[Cell, Protection]:
    """A cell of 64 zero bytes that is not in use."""
    try:
        return _free.pop()
    except IndexError:
        pass
    _look_at_viewed()
    try:
        return _free.pop()
    except IndexError:
        pages, protection = _pages(mmap.PAGESIZE)
    kind = ctypes.c_char * _CELL
    first, *others = (kind.from_buffer(pages, start) for start in range(0, len(pages), _CELL))
    if protection.locked:
        _free.extend((cell, protection) for cell in others)
    return first, protection


def _own_pages(size: int) -> tuple[Cell, Protection]:
    pages, protection = _pages(size)
    return (ctypes.c_char * size).from_buffer(pages), protection


def _look_at_viewed() -> None:
    """Release the wiped cells whose views are gone."""
    still = []
    while _viewed:
        try:
            cell, protection = _viewed.pop()
        except IndexError:
            break
        if _references(cell) > _UNVIEWED:
            still.append((cell, protection))
        else:
            ctypes.memset(cell, 0, _CELL)
            _free.append((cell, protection))
    _viewed.extend(still)


def _references(cell: Cell) -> int:
    """The number of references to an object that the caller holds in one variable; a view is one
    more."""
    return sys.getrefcount(cell)


def _references_of_one_variable() -> int:
    cell = (ctypes.c_char * _CELL)()
    return _references(cell)


_UNVIEWED = _references_of_one_variable()
"""Found out and not known: releases of Python count differently what a call itself holds."""


def _wipe_all() -> None:
    for region in list(_live):
        region.wipe()


def _start_over_in_child() -> None:
    _wipe_all()
    # Locks are not inherited: a child locks pages of its own.
    _free.clear()
    _viewed.clear()


atexit.register(_wipe_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over_in_child)


def _pages(size: int) -> tuple[mmap.mmap, Protection]:
    """`size` zero bytes in pages of their own, with the protection that the system grants. They are
    unmapped, and so unlocked, when nothing refers to them any more."""
    flags = {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
    pages = mmap.mmap(-1, size, **flags)
    address = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    return pages, _protect(pages, address, size)


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
    """Why the pages could not be locked; empty if they were."""
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
