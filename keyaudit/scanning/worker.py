"""A worker process of the pool: runs tasks in order, within limits, and returns each answer."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import mmap
import os
import resource
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keyaudit.scanning.failures import describe

FRAME = struct.Struct("<IBI")  # of an answer: task, status, length of what follows
COUNT = struct.Struct("<I")  # of tasks that follow, each in four bytes
TASK = struct.Struct("<I")  # that is being done, in memory shared with the parent
DONE, FAILED = 0, 1
# Answers are kept for so many seconds, or until they are so many bytes: to hand over each one would
# wake the parent thousands of times, and cost more than many a task.
_KEPT_SECONDS = 0.03
_KEPT_BYTES = 1 << 15
# The timer is wound up again when so much of the time limit may have gone.
_WOUND_AGAIN = 1 / 80
# So many objects more than at the last collection make it worth to look which are garbage.
_GARBAGE = 200_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for one task: processor time `cpu` and elapsed time `wall`, in seconds.

    `memory` is how many bytes of address space a worker may use above what it has when forked. A
    worker that has grown by `growth` bytes ends after handing over its answers, and is replaced.
    """

    cpu: float = 20.0
    wall: float = 180.0
    memory: int = 1 << 30
    growth: int = 80 << 20


def work(
    function: Callable[[int], bytes],
    tasks: int,
    answers: int,
    limits: Limits,
    current: mmap.mmap,
) -> None:
    """Runs the tasks read from the descriptor `tasks`, and writes the answers to `answers`.

    The number of the current task is kept in `current`, shared with the parent, since answers are
    written in groups. A task over its processor time ends the process by SIGPROF. Exceptions of
    `function` become answers; other failures end the process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    faulthandler.disable()
    # What a library prints when it dies may hold what it worked on; so may a core file.
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, _address_space() + limits.memory)
    # An analysis makes a million objects that live until its end; to look them through every 700
    # took a quarter of the time. Between two analyses most are garbage, and few are left to look
    # through.
    gc.set_threshold(1_000_000, 20, 20)
    start = _peak()
    timer = _Timer(limits.cpu)
    kept = _Kept(answers)
    while head := _read(tasks, COUNT.size):
        (count,) = COUNT.unpack(head)
        batch = struct.unpack(f"<{count}I", _read(tasks, 4 * count))
        for task in batch:
            current[: TASK.size] = TASK.pack(task)
            timer.wind()
            try:
                status, answer = DONE, function(task)
            except Exception as error:
                status, answer = FAILED, describe(error).encode()
            kept.add(FRAME.pack(task, status, len(answer)) + answer)
            if task == batch[-1] or kept.is_due():
                kept.hand_over()
                if _peak() - start > limits.growth:
                    return
                if gc.get_count()[0] > _GARBAGE:
                    gc.collect()
                    # What is left are modules that many files import. To look them through at
                    # each collection took a tenth of a scan; a worker that grows is replaced.
                    gc.freeze()


class _Timer:
    """Ends the process when one task takes more than `limit` seconds of processor time, or
    little less: it is not wound up for every short task, as system calls are dear."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._again = 0.0

    def wind(self) -> None:
        """A task begins."""
        now = time.monotonic()
        if now >= self._again:
            signal.setitimer(signal.ITIMER_PROF, self._limit)
            self._again = now + self._limit * _WOUND_AGAIN


class _Kept:
    """Answers that are not handed over yet."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._frames: list[bytes] = []
        self._size = 0
        self._since = time.monotonic()

    def add(self, frame: bytes) -> None:
        """One answer more."""
        self._frames.append(frame)
        self._size += len(frame)

    def is_due(self) -> bool:
        """Whether the answers are many, or the last ones were handed over long enough ago."""
        return self._size > _KEPT_BYTES or time.monotonic() - self._since > _KEPT_SECONDS

    def hand_over(self) -> None:
        """Write all of them."""
        _write(self._descriptor, b"".join(self._frames))
        self._frames.clear()
        self._size = 0
        self._since = time.monotonic()


def _limit(kind: int, value: int) -> None:
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))


def _address_space() -> int:
    """The size of this process's address space in bytes, where the system tells it."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
        return int(pages) * resource.getpagesize()
    except (OSError, ValueError):
        return 1 << 30


def _peak() -> int:
    """The most memory this process has had, in bytes (Linux counts in KiB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if os.uname().sysname == "Darwin" else peak * 1024


def _read(descriptor: int, size: int) -> bytes:
    """Exactly so many bytes; fewer at the end of the pipe."""
    data = b""
    while len(data) < size and (part := os.read(descriptor, size - len(data))):
        data += part
    return data


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
