"""Reachability: the versions that still stand at the end of a branch, tag, stash or HEAD.

A place is a version (blob) at a path. A commit has the places that its parent has, but for what it
changes. Of a merge git names the paths that are like in none of its parents, so every other path is
as in one of them; where they differ, git is asked. So what comes out holds of every start, and of
the thousands that a mirror has none is read.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from keyaudit.history.git.commits import Commit, Row, Step
from keyaudit.history.git.object_lookup import ObjectLookup
from keyaudit.sources.git import Repository

# Of so many starts that have a place it is kept which they are: they come and go.
_MOST_TIPS = 4
# So many questions take git some seconds. What differs in a merge after them counts as standing.
_MOST_ASKED = 50_000


class Place(NamedTuple):
    """A blob at a path (as `os.fsdecode` gives it), with some of the starts that have it;
    `more`: others may have it, too."""

    path: str
    blob: str
    tips: tuple[str, ...] = ()
    more: bool = False

    def among(self, tips: Collection[str], new: Iterable[str]) -> Place:
        """The same place where only `tips` are left as starts, of which `new` ones have it, too."""
        found = dict.fromkeys([*(tip for tip in self.tips if tip in tips), *new])
        return place(self.path, self.blob, [*found], more=self.more)


def place(path: str, blob: str, tips: Sequence[str], *, more: bool = False) -> Place:
    """A place that keeps the first few of its starts."""
    return Place(path, blob, tuple(tips[:_MOST_TIPS]), more or len(tips) > _MOST_TIPS)


class Dropped(NamedTuple):
    """A merge that dropped a place, as one of its parents lacks it; `moment` orders them."""

    moment: str
    commit: Commit


class Reachable(NamedTuple):
    """The `places` of some `blobs`. `dropped` has the last merge that left one out without being
    told of it, for the blobs of which there is one.
    """

    blobs: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    dropped: Mapping[str, Dropped] = MappingProxyType({})

    def now(self) -> frozenset[str]:
        """The blobs that a start has."""
        return frozenset(place.blob for place in self.places if place.tips)


class ReachabilityTracker:
    """Follows the places of some blobs from commit to commit."""

    def __init__(
        self, repository: Repository, blobs: frozenset[str], tips: Collection[str]
    ) -> None:
        self._dropped: dict[str, Dropped] = {}
        self._repository = repository
        self._blobs = frozenset(blob.encode() for blob in blobs)
        self._tips = tips
        self._unmet = {tip.encode() for tip in tips}
        # A place is a bit. Commits without any are left out.
        self._places: list[tuple[bytes, bytes]] = []
        self._bits: dict[tuple[bytes, bytes], int] = {}
        self._masks: dict[bytes, int] = {}  # of all places at a path
        self._states: dict[bytes, int] = {}
        self._asking = ObjectLookup(repository)
        self._asked = 0

    def step(self, moment: str, step: Step, rows: Sequence[Row]) -> None:
        """Takes the next commit, parents before children, with its moment, and those of its rows
        that name one of the blobs. Raises GitError."""
        first, names, _ = step.head.split(b"|", 2)
        commit = first.split(b" ", 1)[0]
        self._unmet.discard(commit)
        parents = names.split()
        if len(parents) == 1:
            state = self._states.get(parents[0], 0)
        else:
            state = self._merged(moment, commit, step, parents)
        for row in rows:
            state = self._changed(state, row)
        if state:
            self._states[commit] = state

    def close(self) -> None:
        """Ends git."""
        self._asking.close()

    def standing(self) -> Reachable:
        """All places there were, with the starts that have them. Raises GitError."""
        found: list[list[str]] = [[] for _ in self._places]
        full = 0
        for tip, commit in sorted(zip(self._tips, self._commits(), strict=True)):
            for bit in _bits(self._states.get(commit, 0) & ~full):
                found[bit].append(tip)
                if len(found[bit]) > _MOST_TIPS:
                    full |= 1 << bit
        places = (
            place(os.fsdecode(path), blob.decode(), tips)
            for (path, blob), tips in zip(self._places, found, strict=True)
        )
        blobs = frozenset(blob.decode() for blob in self._blobs)
        return Reachable(blobs, tuple(places), self._dropped)

    def _merged(self, moment: str, commit: bytes, step: Step, parents: Sequence[bytes]) -> int:
        every, some = -1 if parents else 0, 0
        for parent in parents:
            state = self._states.get(parent, 0)
            every, some = every & state, some | state
        differ = some & ~every
        if differ:
            told = 0
            for row in step.rows:
                told |= self._masks.get(row.path, 0)
            kept = self._taken(commit, differ & ~told)
            every |= kept
            for bit in _bits(differ & ~told & ~kept):
                blob = self._places[bit][1].decode()
                known = self._dropped.get(blob)
                if known is None or known.moment < moment:
                    self._dropped[blob] = Dropped(moment, step.commit())
        return every

    def _taken(self, commit: bytes, differ: int) -> int:
        """Which of the places that its parents differ in a merge has."""
        taken, left = 0, differ
        while left:
            path = self._places[(left & -left).bit_length() - 1][0]
            mask = self._masks[path]
            self._asked += 1
            if self._asked > _MOST_ASKED:
                return taken | left
            taken |= self._bits.get((path, self._asking.blob(commit, path)), 0)
            left &= ~mask
        return taken

    def _changed(self, state: int, row: Row) -> int:
        path = row.path
        mask = self._masks.get(path, 0)
        state &= ~mask
        _, blob = row.after()
        if blob not in self._blobs:
            return state
        bit = self._bits.get((path, blob))
        if bit is None:
            bit = self._bits[path, blob] = 1 << len(self._places)
            self._places.append((path, blob))
            self._masks[path] = mask | bit
        return state | bit

    def _commits(self) -> list[bytes]:
        """The commit of each start, of which some may be tags."""
        tags = sorted(self._unmet)
        data = b"".join(tag + b"^{}\n" for tag in tags)
        form = "--batch-check=%(objectname)"
        of = self._repository.run("cat-file", form, data=data).split(b"\n") if tags else []
        known = dict(zip(tags, of, strict=False))
        return [known.get(tip, tip) for tip in (tip.encode() for tip in self._tips)]


def _bits(state: int) -> Iterator[int]:
    while state:
        low = state & -state
        yield low.bit_length() - 1
        state ^= low
