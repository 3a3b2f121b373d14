"""Runs tasks in forked processes, so that a task that hangs or crashes costs itself only."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import select
import signal
import struct
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# A task may use so much processor time, and so much time by the clock, in seconds.
CPU_LIMIT = 20.0
WALL_LIMIT = 180.0
# Above what the process has when it is forked, in bytes.
MEMORY_LIMIT = 1 << 30
# A worker that has grown by more than this is replaced after its batch, in bytes.
_GROWN = 80 << 20

_FRAME = struct.Struct("<IBI")  # task, status, length of what follows
_COUNT = struct.Struct("<I")
_DONE, _FAILED = 0, 1
_HOME = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Crash:
    """A task that gave no result; `reason` says why, without any of what it worked on."""

    reason: str


@dataclass(slots=True)
class _Worker:
    pid: int
    tasks: int  # file descriptor to write to
    answers: int  # file descriptor to read from
    waiting: deque[int] = field(default_factory=deque)
    buffer: bytearray = field(default_factory=bytearray)
    since: float = 0.0


class Pool:
    """Runs a function of a number in at most `jobs` processes.

    They are forked when the run starts, and so see all that this process has then.
    """

    def __init__(
        self,
        function: Callable[[int], bytes],
        jobs: int,
        *,
        cpu_limit: float = CPU_LIMIT,
        wall_limit: float = WALL_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        self._function = function
        self._jobs = max(1, jobs)
        self._cpu_limit = cpu_limit
        self._wall_limit = wall_limit
        self._memory_limit = memory_limit
        self._workers: dict[int, _Worker] = {}
        self._killed_for_time: set[int] = set()

    def run(
        self, batches: Sequence[Sequence[int]]
    ) -> Generator[tuple[int, bytes | Crash], None, None]:
        """Every number of every batch with its result, in the order they are done.

        When the iterator is closed, or an exception goes through it, the processes are killed.
        """
        queue = deque(list(batch) for batch in batches if batch)
        gc.freeze()  # a collection would touch, and so copy, every page the processes share
        try:
            while queue or self._workers:
                while queue and len(self._workers) < self._jobs:
                    self._start(queue.popleft())
                yield from self._collect(queue)
        finally:
            gc.unfreeze()
            self._end()

    def _start(self, batch: list[int]) -> None:
        task_out, task_in = os.pipe()
        answer_out, answer_in = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                # Else a worker would not see this process end while another one lives.
                for other in self._workers.values():
                    os.close(other.tasks)
                    os.close(other.answers)
                os.close(task_in)
                os.close(answer_out)
                self._work(task_out, answer_in)
                os._exit(0)
            finally:
                os._exit(1)
        os.close(task_out)
        os.close(answer_in)
        worker = _Worker(pid, task_in, answer_out)
        self._workers[answer_out] = worker
        self._assign(worker, batch)

    def _assign(self, worker: _Worker, batch: list[int]) -> None:
        worker.waiting.extend(batch)
        worker.since = time.monotonic()
        message = _COUNT.pack(len(batch)) + struct.pack(f"<{len(batch)}I", *batch)
        with contextlib.suppress(OSError):  # it died; the end of its answers tells
            os.write(worker.tasks, message)

    def _collect(self, queue: deque[list[int]]) -> Iterator[tuple[int, bytes | Crash]]:
        poll = select.poll()
        for answers in self._workers:
            poll.register(answers, select.POLLIN)
        for answers, _ in poll.poll(1000):
            worker = self._workers[answers]
            data = os.read(answers, 1 << 16)
            if not data:
                yield from self._bury(worker, queue)
                continue
            worker.since = time.monotonic()
            worker.buffer += data
            yield from _frames(worker)
            if not worker.waiting:
                if queue:
                    self._assign(worker, queue.popleft())
                else:
                    os.close(worker.tasks)
                    worker.tasks = -1
                    worker.waiting.clear()
                    self._retire(worker)
        for worker in self._workers.values():
            if time.monotonic() - worker.since > self._wall_limit:
                self._killed_for_time.add(worker.pid)
                os.kill(worker.pid, signal.SIGKILL)

    def _bury(
        self, worker: _Worker, queue: deque[list[int]]
    ) -> Iterator[tuple[int, bytes | Crash]]:
        """A worker's answers ended. It did its tasks in order, so the first open one killed it."""
        _, status = os.waitpid(worker.pid, 0)
        self._forget(worker)
        if not worker.waiting:
            return
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            queue.appendleft(list(worker.waiting))  # it had grown, and asked to be replaced
            return
        culprit = worker.waiting.popleft()
        if worker.waiting:
            queue.appendleft(list(worker.waiting))
        by_time = worker.pid in self._killed_for_time or (
            os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
        )
        if by_time:
            yield culprit, Crash(f"took more than {self._cpu_limit:g} s")
        elif os.WIFSIGNALED(status):
            yield culprit, Crash(f"the analyzer crashed ({_signal_name(os.WTERMSIG(status))})")
        else:
            yield culprit, Crash("the analyzer ended")

    def _retire(self, worker: _Worker) -> None:
        os.waitpid(worker.pid, 0)
        self._forget(worker)

    def _forget(self, worker: _Worker) -> None:
        os.close(worker.answers)
        if worker.tasks >= 0:
            os.close(worker.tasks)
        del self._workers[worker.answers]

    def _end(self) -> None:
        for worker in list(self._workers.values()):
            with contextlib.suppress(OSError):
                os.kill(worker.pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(worker.pid, 0)
            self._forget(worker)

    def _work(self, tasks: int, answers: int) -> None:
        """The life of a worker."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends us
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        # What a library prints when it dies may hold what it worked on; so may a core file.
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_AS, _address_space() + self._memory_limit)
        start = _peak()
        while head := _read(tasks, _COUNT.size):
            (count,) = _COUNT.unpack(head)
            for task in struct.unpack(f"<{count}I", _read(tasks, 4 * count)):
                signal.setitimer(signal.ITIMER_PROF, self._cpu_limit)
                try:
                    status, answer = _DONE, self._function(task)
                except Exception as error:
                    status, answer = _FAILED, _describe(error)
                signal.setitimer(signal.ITIMER_PROF, 0)
                _write(answers, _FRAME.pack(task, status, len(answer)) + answer)
                if _peak() - start > _GROWN:
                    return


def _frames(worker: _Worker) -> Iterator[tuple[int, bytes | Crash]]:
    """Takes the complete answers off a worker's buffer."""
    buffer = worker.buffer
    at = 0
    while len(buffer) - at >= _FRAME.size:
        task, status, length = _FRAME.unpack_from(buffer, at)
        end = at + _FRAME.size + length
        if len(buffer) < end:
            break
        answer = bytes(buffer[at + _FRAME.size : end])
        at = end
        worker.waiting.popleft()
        yield task, answer if status == _DONE else Crash(answer.decode())
    del buffer[:at]


def _describe(error: Exception) -> bytes:
    """The kind of an error and its place in our code; its text may hold what it is about."""
    if isinstance(error, MemoryError):
        return b"ran out of memory"
    place = ""
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_HOME):
            place = f" at {file.relative_to(_HOME.parent).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"the analyzer failed ({type(error).__name__}{place})".encode()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


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
