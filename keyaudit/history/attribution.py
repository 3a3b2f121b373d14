"""Who brought a blob in, and when it left: one pass over the commits of a history.

git goes through them beside all else, as it takes as long as to list what there is to look at.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from keyaudit.history.objects import Objects
from keyaudit.history.repository import Ahead, lines
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import printable

_MARK = b"\2"
_UNWANTED = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f]")
_FARTHEST = 253_402_300_799  # the end of the year 9999
# Of so many objects, what git says of all commits is some 100 MB at most.
_MOST_OBJECTS = 500_000
_OBJECTS = re.compile(rb"^(?:count|in-pack): (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Commit:
    """`time` is the author's, in seconds since 1970."""

    id: str
    time: int
    author: str


@dataclass(frozen=True, slots=True)
class Change:
    """A path's blob before (one a parent; zeros: none) and after a commit."""

    commit: Commit
    old: tuple[str, ...]
    new: str
    path: str


class Log:
    """The commits of a history. It is begun when it is made, if the repository is no huge one."""

    def __init__(self, repository: Repository, objects: Objects) -> None:
        """`objects` says which revisions."""
        arguments = (
            "-c", "log.showSignature=false", "-c", "diff.orderFile=/dev/null",
            "-c", "log.showRoot=true", "-c", "diff.renames=false",
            "-c", "diff.ignoreSubmodules=none", "-c", "log.follow=false",
            "log", "--raw", "-z", "-c", "--root", "--no-abbrev", "--no-renames", "--no-color",
            "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes",
            "--no-decorate", "--topo-order", "--reverse", "--full-history", "--encoding=UTF-8",
            "--ignore-missing", "--format=%x02%H %at %an", *objects.revisions, "--",
        )  # fmt: skip
        self._begun: Ahead | None = None
        self._parts = partial(lines, repository, *arguments, data=objects.stdin, end=b"\0")
        # Where it cannot be begun, it may be read later, or says then what is wrong.
        with contextlib.suppress(OSError, GitError):
            counts = _OBJECTS.findall(repository.run("count-objects", "-v"))
            if sum(map(int, counts)) <= _MOST_OBJECTS:
                self._begun = Ahead(repository, *arguments, data=objects.stdin, end=b"\0")

    def changes(self, wanted: frozenset[str]) -> Iterator[Change]:
        """The changes that bring in or take away a wanted blob, parents before children.

        A merge counts where its result is like none of its parents. Raises GitError.
        """
        begun = self._begun
        if begun is not None and begun.succeeds():
            return _changes(begun.lines(), wanted)
        return _changes(self._parts(), wanted)

    def close(self) -> None:
        """End git, if it has not ended."""
        if self._begun is not None:
            self._begun.close()


def _changes(parts: Iterator[bytes], wanted: frozenset[str]) -> Iterator[Change]:
    head = b""
    commit: Commit | None = None  # read from its head when one of its changes is wanted
    for part in parts:
        part = part.lstrip(b"\n")
        if part.startswith(_MARK):
            head, _, rest = part[1:].partition(b"\n")
            commit = None
            part = rest.lstrip(b"\n")
        if not part.startswith(b":"):
            continue
        path = next(parts, b"")
        old, new = _blobs(part)
        if new in wanted or not wanted.isdisjoint(old):
            commit = commit or _commit(head)
            yield Change(commit, old, new, printable(os.fsdecode(path)))


def _commit(head: bytes) -> Commit:
    name, _, rest = head.partition(b" ")
    time, _, author = rest.partition(b" ")
    seconds = int(time) if time.lstrip(b"-").isdigit() else 0
    shown = _UNWANTED.sub(" ", author.decode("utf-8", "replace"))[:100]
    return Commit(name.decode("ascii", "replace"), max(0, min(seconds, _FARTHEST)), shown)


def _blobs(row: bytes) -> tuple[tuple[str, ...], str]:
    """Of `:modes… blobs… status`: one more of each than there are colons."""
    words = row.decode("ascii", "replace").lstrip(":").split(" ")
    count = (len(words) - 1) // 2
    blobs: Sequence[str] = words[count : 2 * count]
    return tuple(blobs[:-1]), blobs[-1]
