"""Reads the commits of a history: parents, dates, and the blobs that each commit changes.

git goes through them beside all else, as it takes as long as to look at a tenth of the blobs.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from keyaudit.core.patterns import regex
from keyaudit.history.git.repository import Ahead, lines
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.listing import printable

_MARK = b"\2"
_PART = b"\3"
_BOUNDARY = b"-"
_UNWANTED = regex(r"[^\S ]|[\x00-\x1f\x7f-\x9f]")
_FARTHEST = 253_402_300_799  # the end of the year 9999
# Of so many objects, what git says of all commits is some 100 MB at most.
_MOST_OBJECTS = 500_000
_OBJECTS = regex(rb"^(?:count|in-pack): (\d+)$", re.MULTILINE)
_LOG = (
    "-c", "log.showSignature=false", "-c", "diff.orderFile=/dev/null",
    "-c", "log.showRoot=true", "-c", "diff.renames=false",
    "-c", "diff.ignoreSubmodules=none", "-c", "log.follow=false",
    "log", "--raw", "-z", "-c", "--root", "--no-abbrev", "--no-renames", "--no-color",
    "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-mailmap", "--no-notes",
    "--no-decorate", "--topo-order", "--reverse", "--full-history", "--encoding=UTF-8",
    "--ignore-missing", "--format=%x02%m%H %ct %at|%P|%an%x03%an <%ae>%x03%B%x03",
)  # fmt: skip


class Commit(NamedTuple):
    """`time` is the author's, in seconds since 1970."""

    id: str
    time: int
    author: str


class Row(NamedTuple):
    """A path of a commit, in the form git writes it: `:modes… blobs… status`."""

    text: bytes
    path: bytes

    def blobs(self) -> tuple[tuple[str, ...], str]:
        """The path's blobs before the commit (one for each parent; zeros: none) and after it."""
        words = self.text.decode("ascii", "replace").lstrip(":").split(" ")
        count = (len(words) - 1) // 2
        blobs: Sequence[str] = words[count : 2 * count]
        return tuple(blobs[:-1]), blobs[-1]

    def after(self) -> tuple[bytes, bytes]:
        """The path's mode and id after the commit."""
        words = self.text.split(b" ")
        count = (len(words) - 1) // 2
        return words[count - 1], words[2 * count - 1]

    def name(self) -> str:
        """The path as text."""
        return printable(os.fsdecode(self.path))


class Step(NamedTuple):
    """A commit with the paths whose result differs from that of every parent.

    `head` is `id time author's-time|parents|author`. One outside of what was asked for, of which
    only the place in time is of use, is a `boundary`. `said` is the author with the address, a byte
    3, and the message.
    """

    head: bytes
    rows: list[Row]
    boundary: bool
    said: bytes = b""

    def place(self) -> tuple[str, int, list[str]]:
        """The commit's id, the committer's time, and the parents' ids."""
        first, parents, _ = self.head.split(b"|", 2)
        name, time, _ = first.decode("ascii", "replace").split(" ")
        return name, _seconds(time), parents.decode("ascii", "replace").split()

    def is_merge(self) -> bool:
        """Whether it has several parents."""
        return b" " in self.head.split(b"|", 2)[1]

    def commit(self) -> Commit:
        """Who made it, and when."""
        first, _, author = self.head.split(b"|", 2)
        name, _, time = first.decode("ascii", "replace").split(" ")
        return Commit(name, _seconds(time), shown(author))


def shown(author: bytes) -> str:
    """Somebody's name as it is shown, of at most 100 characters."""
    return _UNWANTED.sub(" ", author.decode("utf-8", "replace"))[:100]


class Log:
    """The commits of a history. git starts when the object is made, unless the repository is
    huge."""

    def __init__(
        self,
        repository: Repository,
        revisions: Iterable[str],
        stdin: bytes = b"",
        *,
        few: bool = False,
        hear: Callable[[Step], None] | None = None,
    ) -> None:
        """`revisions` and `stdin` are what git is asked for; `few` says that those are not many,
        however large the repository is. `hear` is called for each step, once.
        """
        arguments = (*_LOG, *revisions, "--")
        self._begun: Ahead | None = None
        self._hear = hear
        self._parts = partial(lines, repository, *arguments, data=stdin, end=b"\0")
        # Where it cannot be begun, it may be read later, or says then what is wrong.
        with contextlib.suppress(OSError, GitError):
            if few or _objects(repository) <= _MOST_OBJECTS:
                self._begun = Ahead(repository, *arguments, data=stdin, end=b"\0")

    def steps(self) -> Iterator[Step]:
        """All commits, parents before children. May be asked for more than once. Raises
        GitError."""
        begun = self._begun
        steps = _steps(begun.lines() if begun is not None and begun.succeeds() else self._parts())
        return steps if self._hear is None else self._heard(steps, self._hear)

    def _heard(self, steps: Iterator[Step], hear: Callable[[Step], None]) -> Iterator[Step]:
        for step in steps:
            if not step.boundary:
                hear(step)
            yield step
        self._hear = None

    def close(self) -> None:
        """End git, if it has not ended."""
        if self._begun is not None:
            self._begun.close()


def _objects(repository: Repository) -> int:
    return sum(map(int, _OBJECTS.findall(repository.run("count-objects", "-v"))))


def _steps(parts: Iterator[bytes]) -> Iterator[Step]:
    step: Step | None = None
    for part in parts:
        text = part.lstrip(b"\n")
        if text.startswith(_MARK):
            if step is not None:
                yield step
            head, _, rest = text[2:].partition(_PART)
            said, _, rest = rest.rpartition(_PART)
            step = Step(head, [], text[1:2] == _BOUNDARY, said)
            text = rest.lstrip(b"\n")
        if text.startswith(b":") and step is not None:
            step.rows.append(Row(text, next(parts, b"")))
    if step is not None:
        yield step


def _seconds(time: str) -> int:
    seconds = int(time) if time.lstrip("-").isdigit() else 0
    return max(0, min(seconds, _FARTHEST))
