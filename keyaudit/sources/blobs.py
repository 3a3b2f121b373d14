"""Reads the blobs of a git repository through one `git cat-file --batch` process."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
from collections import deque
from collections.abc import Sequence
from typing import IO

from keyaudit.sources.git import GitError, Repository

_SHA1 = 40  # hexadecimal digits
# So many ids fit into a pipe that nobody reads, so that asking for them never waits.
_MOST_AHEAD = 256
# What git may keep of objects that others are deltas of, in each process; its default is 96 MB.
_BASES = "core.deltaBaseCacheLimit=40m"
# So much may wait to be read, that neither side waits for the other at every blob.
_PIPE = 1 << 20


class Blobs:
    """The blobs of a repository by id. A forked process starts its own git on the first read."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._asked: deque[str] = deque()

    def sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """The sizes of blobs in bytes; those that are missing are left out. Raises GitError."""
        if not ids:
            return {}
        data = "".join(f"{blob}\n" for blob in ids).encode()
        output = self._repository.run("cat-file", "--batch-check", data=data).decode()
        rows = (line.split(" ") for line in output.splitlines())
        return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}

    def read(self, blob: str, ahead: Sequence[str] = ()) -> bytes | None:
        """The content of a blob; None if it is missing or damaged. Raises GitError.

        `ahead` are the ids that will be read next, in order, so that git can prepare them
        meanwhile. Reading others is allowed, but slower.
        """
        process = self._running()
        try:
            while self._asked and self._asked[0] != blob:
                self._next(process)
            if len(self._asked) <= len(ahead) // 2:
                # Before git has nothing to do.
                wanted = [blob, *ahead[: _MOST_AHEAD - 1]]
                if list(self._asked) == wanted[: len(self._asked)]:
                    self._ask(process, wanted[len(self._asked) :])
            return self._next(process)
        except OSError as error:
            self._stop()
            raise GitError("failed", error.strerror or "it ended") from None
        except GitError:
            self._stop()
            raise

    def close(self) -> None:
        """Ends the git process, if there is one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        if self._asked:
            process.kill()
        with contextlib.suppress(OSError):
            process.communicate()

    def _ask(self, process: subprocess.Popen[bytes], ids: Sequence[str]) -> None:
        assert process.stdin is not None
        process.stdin.write("".join(f"{blob}\n" for blob in ids).encode())
        process.stdin.flush()
        self._asked.extend(ids)

    def _next(self, process: subprocess.Popen[bytes]) -> bytes | None:
        """The answer to the oldest question."""
        assert process.stdout is not None
        row = process.stdout.readline().split()
        if not row:
            raise GitError("failed", "it ended")
        self._asked.popleft()
        if len(row) != 3 or not row[2].isdigit():
            return None
        data = process.stdout.read(int(row[2]))
        process.stdout.read(1)
        if len(data) != int(row[2]):
            raise GitError("failed", "it ended")
        return data if row[1] == b"blob" and _is_content(row[0], data) else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            self._process = self._repository.serve("-c", _BASES, "cat-file", "--batch")
            _widen(self._process.stdout)
            self._owner = os.getpid()
            self._asked.clear()
        return self._process

    def _stop(self) -> None:
        """Lets go of a git that is of no use any more; the next read starts another."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            with contextlib.suppress(OSError):
                process.communicate()


def _is_content(blob: bytes, data: bytes) -> bool:
    """Whether an id is that of these bytes: an index of a pack may lead to others."""
    made = hashlib.sha1(usedforsecurity=False) if len(blob) == _SHA1 else hashlib.sha256()
    made.update(b"blob %d\0" % len(data))
    made.update(data)
    return made.hexdigest().encode() == blob


def _widen(stream: IO[bytes] | None) -> None:
    """Makes a pipe wider, where that can be had."""
    widest = getattr(fcntl, "F_SETPIPE_SZ", None)
    if stream is not None and widest is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(stream, widest, _PIPE)
