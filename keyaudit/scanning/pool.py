"""Runs tasks in forked processes, so that one that hangs or crashes affects only itself."""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import select
import signal
import struct
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from keyaudit.core.errors import KeyauditError
from keyaudit.scanning.worker import COUNT, DONE, FRAME, TASK, Limits, work

_LIMITS = Limits()
_NONE = 0xFFFFFFFF  # no task was begun


@dataclass(frozen=True, slots=True)
class Crash:
    """A task without a result; `reason` says why, without any data of the task."""

    reason: str


@dataclass(slots=True)
class _Worker:
    pid: int
    tasks: int  # file descriptor to write to
    answers: int  # file descriptor to read from
    current: mmap.mmap  # the task it has begun
    waiting: deque[int] = field(default_factory=deque)
    buffer: bytearray = field(default_factory=bytearray)
    since: float = 0.0


class Pool:
    """Runs `function` on task numbers in at most `jobs` processes, within `limits`.

    The processes are forked during `run`, and so share this process's memory as it is then.
    """

    def __init__(
        self, function: Callable[[int], bytes], jobs: int, limits: Limits = _LIMITS
    ) -> None:
        self._function = function
        self._jobs = max(1, jobs)
        self._limits = limits
        self._workers: dict[int, _Worker] = {}
        self._killed_for_time: set[int] = set()

    def run(
        self, batches: Sequence[Sequence[int]], deadline: float | None = None
    ) -> Generator[tuple[int, bytes | Crash], None, None]:
        """Each task number of all batches with its result, in the order in which they are done.

        Tasks not done before `deadline` (seconds of the monotonic clock) are left out. Closing the
        iterator, or an exception in it, kills the processes. Raises KeyauditError if no process can
        be started.
        """
        queue = deque(list(batch) for batch in batches if batch)
        if deadline is not None and time.monotonic() > deadline:
            return
        gc.freeze()  # a collection would touch, and so copy, every page the processes share
        try:
            while queue or self._workers:
                while queue and len(self._workers) < self._jobs:
                    self._start(queue.popleft())
                yield from self._collect(queue)
                if deadline is not None and time.monotonic() > deadline:
                    return
        finally:
            gc.unfreeze()
            self._end()

    def _start(self, batch: list[int]) -> None:
        try:
            task_out, task_in = os.pipe()
            answer_out, answer_in = os.pipe()
            current = mmap.mmap(-1, TASK.size)
            current[:] = TASK.pack(_NONE)
            pid = os.fork()
        except OSError as error:
            raise KeyauditError(
                f"no process can be started ({error.strerror})",
                hint="free some memory, or end some processes",
            ) from None
        if pid == 0:
            try:
                # Else a worker would not see this process end while another one lives.
                for other in self._workers.values():
                    os.close(other.tasks)
                    os.close(other.answers)
                os.close(task_in)
                os.close(answer_out)
                work(self._function, task_out, answer_in, self._limits, current)
                os._exit(0)
            finally:
                os._exit(1)
        os.close(task_out)
        os.close(answer_in)
        worker = _Worker(pid, task_in, answer_out, current)
        self._workers[answer_out] = worker
        self._assign(worker, batch)

    def _assign(self, worker: _Worker, batch: list[int]) -> None:
        worker.waiting.extend(batch)
        worker.since = time.monotonic()
        message = COUNT.pack(len(batch)) + struct.pack(f"<{len(batch)}I", *batch)
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
            if time.monotonic() - worker.since > self._limits.wall:
                self._killed_for_time.add(worker.pid)
                os.kill(worker.pid, signal.SIGKILL)

    def _bury(
        self, worker: _Worker, queue: deque[list[int]]
    ) -> Iterator[tuple[int, bytes | Crash]]:
        """A worker's answers ended: the task it had begun killed it. Those it did before, and did
        not hand over any more, are done again."""
        _, status = os.waitpid(worker.pid, 0)
        self._forget(worker)
        if not worker.waiting:
            return
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            queue.appendleft(list(worker.waiting))  # it had grown, and asked to be replaced
            return
        (culprit,) = TASK.unpack(worker.current[:])
        if culprit not in worker.waiting:
            culprit = worker.waiting[0]
        worker.waiting.remove(culprit)
        if worker.waiting:
            queue.appendleft(list(worker.waiting))
        if worker.pid in self._killed_for_time:
            yield culprit, Crash(f"took more than {self._limits.wall:g} s")
        elif os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
            yield culprit, Crash(f"took more than {self._limits.cpu:g} s")
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


def _frames(worker: _Worker) -> Iterator[tuple[int, bytes | Crash]]:
    """Takes the complete answers off a worker's buffer."""
    buffer = worker.buffer
    at = 0
    while len(buffer) - at >= FRAME.size:
        task, status, length = FRAME.unpack_from(buffer, at)
        end = at + FRAME.size + length
        if len(buffer) < end:
            break
        answer = bytes(buffer[at + FRAME.size : end])
        at = end
        worker.waiting.popleft()
        yield task, answer if status == DONE else Crash(answer.decode())
    del buffer[:at]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
