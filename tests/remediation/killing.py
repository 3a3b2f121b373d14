"""Runs a piece of work in a child and kills it with SIGKILL as it is about to write the n-th time.

By ptrace, so that it is the system calls themselves that are counted, whichever library makes
them: write, pwrite64, fsync, fdatasync, ftruncate, unlink, rename, link; or, for a database that
is a server's, those that send to it: sendto, sendmsg, write.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
import traceback
from collections.abc import Callable, Set
from typing import TypeVar

_WRITING = {
    "x86_64": {1, 18, 74, 75, 77, 82, 86, 87, 263, 264, 265},
    "aarch64": {35, 37, 38, 46, 64, 68, 82, 83},
}.get(platform.machine(), set())
SENDING = {"x86_64": {1, 44, 46}, "aarch64": {64, 206, 211}}.get(platform.machine(), set())
SUPPORTED = sys.platform == "linux" and bool(_WRITING)

T = TypeVar("T")
_TRACEME, _KILL, _SYSCALL, _SETOPTIONS, _GET_INFO = 0, 8, 24, 0x4200, 0x420E
_TRACESYSGOOD_AND_EXITKILL = 1 | 0x100000


class _Info(ctypes.Structure):
    """struct ptrace_syscall_info up to the number of the call; `op` 1 is a call's entry."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 8),
    )


def killed_at(nth: int, work: Callable[[], object]) -> bool:
    """Run `work` in a child, killed before its `nth` write (from 0); whether it was killed.
    AssertionError when `work` raised, after its traceback was printed."""
    return killed_after(lambda: None, nth, lambda _: work(), _WRITING)


def killed_after(
    prepare: Callable[[], T], nth: int, work: Callable[[T], object], calls: Set[int]
) -> bool:
    """As `killed_at`, counting `calls`, and those of `work` alone, which gets what `prepare` made
    in the same child."""
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    child = os.fork()
    if child == 0:
        code = 1
        try:
            ready = prepare()
            ptrace(_TRACEME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
            work(ready)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSTOPPED(status), "the preparation failed"
    assert ptrace(_SETOPTIONS, child, None, _TRACESYSGOOD_AND_EXITKILL) == 0
    writes, deliver = 0, 0
    while True:
        ptrace(_SYSCALL, child, None, deliver)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            assert status == 0, "the work failed"
            return False
        stopped_by = os.WSTOPSIG(status)
        deliver = 0 if stopped_by == signal.SIGTRAP | 0x80 else stopped_by
        if deliver:
            continue
        info = _Info()
        ptrace(_GET_INFO, child, ctypes.sizeof(info), ctypes.addressof(info))
        if info.op == 1 and info.number in calls:
            if writes == nth:
                os.kill(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                assert os.WIFSIGNALED(status)
                return True
            writes += 1
