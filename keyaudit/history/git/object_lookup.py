"""Looks up the object at a path of a commit."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Collection

from keyaudit.core.patterns import regex
from keyaudit.sources.git import GitError, Repository

_ID = regex(rb"[0-9a-f]{40}|[0-9a-f]{64}")
# Paths that `cat-file` would not read as they are, and such as no tree should have.
_ODD = regex(rb"\.\.?/|.*\n|.*\r\Z", re.DOTALL)
_UP = regex(rb"\.\.?/")


def starts_holding(
    repository: Repository, tips: Collection[str], paths: Collection[str]
) -> dict[tuple[str, str], list[str]]:
    """For paths and the blobs that some starts have there: which of them each start has. Raises
    GitError."""
    asked = [(tip, path, os.fsencode(path)) for tip in sorted(tips) for path in sorted(paths)]
    plain = [(tip, path) for tip, path, name in asked if not _ODD.match(name)]
    data = b"".join(b"%s:%s\n" % (tip.encode(), os.fsencode(path)) for tip, path in plain)
    form = "--batch-check=%(objectname)"
    rows = repository.run("cat-file", form, data=data).split(b"\n") if plain else []
    told = [(tip, path, row) for (tip, path), row in zip(plain, rows, strict=False)]
    for tip, path, name in asked:
        if _ODD.match(name):
            told.append((tip, path, _listed(repository, tip.encode(), name)))
    found: dict[tuple[str, str], list[str]] = {}
    for tip, path, row in told:
        if _ID.fullmatch(row):
            found.setdefault((path, row.decode()), []).append(tip)
    return found


class ObjectLookup:
    """A git process that tells the object at a path of a commit; it is started at the first
    question."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """Ends it."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.communicate()

    def blob(self, commit: bytes, path: bytes) -> bytes:
        """The id of the object at a path; where there is none, a text that is no id. Raises
        GitError."""
        if _ODD.match(path):
            return _listed(self._repository, commit, path)
        if self._process is None:
            form = "--batch-check=%(objectname)"
            self._process = self._repository.serve("cat-file", form)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(b"%s:%s\n" % (commit, path))
            self._process.stdin.flush()
            row = self._process.stdout.readline()
        except OSError as error:
            raise GitError("failed", error.strerror or "it ended") from None
        if not row:
            raise GitError("failed", "it ended")
        return row.rstrip(b"\n")


def _listed(repository: Repository, commit: bytes, path: bytes) -> bytes:
    """As `ObjectLookup.blob`, for odd paths."""
    if _UP.match(path):
        return b""
    rows = repository.run("ls-tree", "-z", "--full-tree", commit, "--", path).split(b"\0")
    for row in rows:
        meta, _, name = row.partition(b"\t")
        if name == path:
            return meta.rsplit(b" ", 1)[1]
    return b""
