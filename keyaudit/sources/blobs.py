"""Reads blobs of a git repository through one `git cat-file --batch`."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Sequence

from keyaudit.sources.git import GitError, Repository


class Blobs:
    """Blobs by id. In a forked process a git of its own is started at the first read."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """The sizes of blobs in bytes; those that are missing are left out. Raises GitError."""
        if not ids:
            return {}
        data = "".join(f"{blob}\n" for blob in ids).encode()
        output = self._repository.run("cat-file", "--batch-check", data=data).decode()
        rows = (line.split(" ") for line in output.splitlines())
        return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}

    def read(self, blob: str) -> bytes | None:
        """The bytes of a blob; None when it is missing. Raises GitError."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(blob.encode() + b"\n")
            process.stdin.flush()
            row = process.stdout.readline().split()
            if len(row) != 3 or row[1] != b"blob":
                return None
            data = process.stdout.read(int(row[2]))
            process.stdout.read(1)
        except OSError as error:
            raise GitError("failed", error.strerror or "it ended") from None
        if len(data) != int(row[2]):
            raise GitError("failed", "it ended")
        return data

    def close(self) -> None:
        """Ends git, if it runs."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        with contextlib.suppress(OSError):
            process.communicate()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid():
            self._process = self._repository.serve("cat-file", "--batch")
            self._owner = os.getpid()
        return self._process
