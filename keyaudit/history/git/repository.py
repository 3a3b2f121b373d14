"""Finds a repository, and reads long outputs of git line by line."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from keyaudit.core.errors import KeyauditError
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.named_paths import relative
from keyaudit.sources.tops import find_top

_CHUNK = 1 << 16
_LARGE = 300_000  # bytes of the indexes of packs, some thirty an object
_WAIT = 0.002  # seconds, for more of what git writes into a file


class BareRepository(Repository):
    """A repository without a work tree: `top` is the folder with its objects."""

    def _command(self, arguments: object) -> list[str | bytes]:
        command = super()._command(arguments)  # type: ignore[arg-type]
        return [command[0], f"--git-dir={self.top}", *command[1:]]

    def _environment(self) -> dict[str, str]:
        kept = dict(super()._environment())
        del kept["GIT_WORK_TREE"]
        return kept


def find_repository(place: Path) -> tuple[Repository, str]:
    """The repository a folder lies in, or is; and the folder's path in it ("" for the top).

    Raises KeyauditError where there is none.
    """
    folder = os.path.realpath(place)
    if not os.path.isdir(folder):  # noqa: PTH112
        raise KeyauditError("there is no such folder", where=str(place), hint="check the spelling")
    if _is_bare(folder):
        return BareRepository(folder), ""
    top = find_top(folder)
    if top is None:
        raise KeyauditError(
            "is in no git repository", where=str(place), hint="name a folder of a repository"
        )
    return Repository(top), relative(folder, top)


def _is_bare(folder: str) -> bool:
    path = Path(folder)
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def is_large(repository: Repository) -> bool:
    """Whether there are some ten thousand objects, judged by the size of their index."""
    folder = Path(repository.top)
    for packs in (folder / "objects" / "pack", folder / ".git" / "objects" / "pack"):
        with contextlib.suppress(OSError):
            if sum(file.stat().st_size for file in packs.glob("*.idx")) > _LARGE:
                return True
    return False


def lines(
    repository: Repository, *arguments: str, data: bytes = b"", end: bytes = b"\n"
) -> Iterator[bytes]:
    """git's output, split at `end`, as it arrives. Raises GitError, also after some of it."""
    process = repository.serve(*arguments)
    assert process.stdout is not None
    try:
        _tell(process, data)
        yield from _cut(iter(partial(process.stdout.read, _CHUNK), b""), end)
        if process.wait():
            raise GitError("failed", "git ended before the end; `git fsck` may say why")
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()


class Ahead:
    """git's output, split at `end`, of a command that runs while other work is done.

    It goes into a file without a name, which `close` gives up.
    """

    def __init__(
        self, repository: Repository, *arguments: str, data: bytes = b"", end: bytes = b"\n"
    ) -> None:
        """Raises GitError, and OSError where there is no place for the file."""
        self._end = end
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        try:
            self._process = repository.serve(*arguments, output=self._file)
            _tell(self._process, data)
        except BaseException:
            self._file.close()
            raise

    def succeeds(self) -> bool:
        """Whether git still runs or has ended well; what fails may be the file alone."""
        return not self._process.poll()

    def lines(self) -> Iterator[bytes]:
        """The output, as it comes. Raises GitError, also after some of it."""
        yield from _cut(self._chunks(), self._end)
        if self._process.wait():
            raise GitError("failed", "git ended before the end; `git fsck` may say why")

    def _chunks(self) -> Iterator[bytes]:
        # Read in place: git writes where this process would put the file's position.
        at = 0
        while True:
            ended = self._process.poll() is not None
            chunk = os.pread(self._file.fileno(), _CHUNK, at)
            if chunk:
                at += len(chunk)
                yield chunk
            elif ended:
                return
            else:
                time.sleep(_WAIT)

    def close(self) -> None:
        """End git, if it has not ended, and drop the file."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._file.close()


def _tell(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Gives git its input: all revisions are read before the first line is written."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(data)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def _cut(chunks: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        parts = (rest + chunk).split(end)
        rest = parts.pop()
        yield from parts
    if rest:
        yield rest
