"""Finds a repository, and reads long outputs of git line by line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from keyaudit.core.errors import KeyauditError
from keyaudit.sources.git import GitError, Repository, find_top
from keyaudit.sources.named import relative

_CHUNK = 1 << 16


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


def lines(
    repository: Repository, *arguments: str, data: bytes = b"", end: bytes = b"\n"
) -> Iterator[bytes]:
    """git's output, cut at `end`, as it comes. Raises GitError, also after some of it."""
    process = repository.serve(*arguments)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if data:
            # All revisions are read before the first line is written.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(data)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        rest = b""
        while chunk := process.stdout.read(_CHUNK):
            parts = (rest + chunk).split(end)
            rest = parts.pop()
            yield from parts
        if rest:
            yield rest
        if process.wait():
            raise GitError("failed", "git ended before the end; `git fsck` may say why")
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()
