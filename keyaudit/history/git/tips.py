"""The starts of a history: the commits that refs, stashes and HEAD name, and the tree of HEAD."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.core.report import Skipped
from keyaudit.history.git.naming_path import remoteness
from keyaudit.sources.git import GitError, Repository, Running
from keyaudit.sources.listing import printable

_ID = regex(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SUBMODULE = b"160000 "
# Files in which git is told of other parents than commits have.
_GRAFTS = ("shallow", "info/grafts")


class Head(NamedTuple):
    """The blobs of HEAD with their paths, first the one that counts (see `remoteness`); and its
    submodules, which are not looked into.
    """

    paths: dict[str, list[str]]
    skipped: list[Skipped]


class Starts(NamedTuple):
    """Ids of commits, and of tags of such; `head` is the one of them that HEAD names."""

    tips: frozenset[str]
    head: str | None


class Tips:
    """Asks git where a history starts; git works on the answer while other work is done."""

    def __init__(self, repository: Repository, stack: ExitStack) -> None:
        """Raises GitError. At the end of `stack` git is ended."""
        self._repository = repository

        def begin(*arguments: str) -> Running:
            return stack.enter_context(repository.begin(*arguments))

        self._head = begin("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        self._refs = begin("for-each-ref", "--format=%(objectname)")
        self._state: list[bytes] | None = None
        self._starts: Starts | None = None
        self._asked = begin(
            "rev-parse", "--is-shallow-repository", "--git-common-dir", "--revs-only", "HEAD"
        )

    def head(self) -> Head:
        """The blobs of HEAD; none where it names no commit. Raises GitError."""
        try:
            output = self._head.finish()
        except GitError as error:
            if error.reason != "failed":
                raise
            output = b""
        found = Head({}, [])
        for row in filter(None, output.split(b"\0")):
            meta, _, name = row.partition(b"\t")
            blob = meta.rsplit(b" ", 1)[1].decode("ascii", "replace")
            path = printable(os.fsdecode(name))
            if meta.startswith(_SUBMODULE):
                found.skipped.append(Skipped(path, "submodule"))
            elif _ID.fullmatch(blob):
                found.paths.setdefault(blob, []).append(path)
        for paths in found.paths.values():
            if len(paths) > 1 and remoteness(paths[0]):
                paths.sort(key=remoteness)
        return found

    def starts(self) -> Starts | None:
        """The ids from which all is reached; None where parents are not those that the commits
        name, as in a shallow clone. Raises GitError.
        """
        shallow, folder, *_ = self._told()
        common = self._common(folder)
        if shallow != b"false" or any((common / file).exists() for file in _GRAFTS):
            return None
        return self.named()

    def named(self) -> Starts:
        """The ids that refs, HEADs and stashes name: of commits and of other objects. Raises
        GitError."""
        if self._starts is None:
            _, folder, *head = self._told()
            ids = [*self._refs.finish().split(), *head]
            common = self._common(folder)
            if (common / "logs" / "refs" / "stash").exists():
                ids += _with_parts(self._repository, stashed(self._repository))
            if (common / "worktrees").exists():  # each has a HEAD of its own
                ids += self._repository.run("rev-list", "--no-walk=unsorted", "--all").split()
            tips = frozenset(tip.decode("ascii") for tip in ids)
            self._starts = Starts(tips, head[0].decode("ascii") if head else None)
        return self._starts

    def _told(self) -> list[bytes]:
        """Whether the clone is shallow, where its files are, and the commit of HEAD if any."""
        if self._state is None:
            self._state = self._asked.finish().splitlines()
        return self._state

    def _common(self, folder: bytes) -> Path:
        return Path(self._repository.top, os.fsdecode(folder))


def are_commits(repository: Repository, ids: Collection[str]) -> bool:
    """Whether all ids are those of commits, or of tags of such. Raises GitError."""
    data = "".join(f"{name}^{{}}\n" for name in ids).encode()
    form = "--batch-check=%(objecttype)"
    return set(repository.run("cat-file", form, data=data).split(b"\n")) <= {b"commit", b""}


def stashed(repository: Repository) -> bytes:
    """The commits of all stashes, a line each: `--all` has the newest only. Raises GitError."""
    try:
        return repository.run("rev-list", "--walk-reflogs", "refs/stash", "--")
    except GitError as error:
        if error.reason != "failed":
            raise
        return b""


def _with_parts(repository: Repository, commits: bytes) -> list[bytes]:
    """Commits of stashes, and those that hold what was staged, and files that git did not know."""
    found: list[bytes] = []
    if not commits:
        return found
    rows = repository.run("rev-list", "--no-walk=unsorted", "--parents", "--stdin", data=commits)
    for row in rows.splitlines():
        commit, *parents = row.split()
        found += [commit, *parents[1:]]
    return found
