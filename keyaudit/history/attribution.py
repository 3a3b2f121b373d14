"""Who brought a blob in, and when it left: one pass over the commits of a history."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keyaudit.history.objects import Objects
from keyaudit.history.repository import lines
from keyaudit.sources.git import Repository
from keyaudit.sources.listing import printable

_MARK = b"\2"
_UNWANTED = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f]")
_FARTHEST = 253_402_300_799  # the end of the year 9999


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


def changes(repository: Repository, objects: Objects, wanted: frozenset[str]) -> Iterator[Change]:
    """The changes that bring in or take away a wanted blob, parents before children.

    A merge counts where its result is like none of its parents. Raises GitError.
    """
    parts = lines(
        repository,
        "-c", "log.showSignature=false", "-c", "diff.orderFile=/dev/null",
        "-c", "log.showRoot=true", "-c", "diff.renames=false", "-c", "diff.ignoreSubmodules=none",
        "-c", "log.follow=false",
        "log", "--raw", "-z", "-c", "--root", "--no-abbrev", "--no-renames", "--no-color",
        "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes",
        "--no-decorate", "--topo-order", "--reverse", "--full-history", "--encoding=UTF-8",
        "--ignore-missing", "--format=%x02%H %at %an", *objects.revisions, "--",
        data=objects.stdin, end=b"\0",
    )  # fmt: skip
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
