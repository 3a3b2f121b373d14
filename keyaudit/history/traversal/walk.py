"""Walks the commits, all of them or those since an earlier run, and collects their blobs."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Protocol

from keyaudit.history.exposure.attribution import (
    Change,
    Order,
    UnknownParentError,
    changes_of,
    in_time,
    introduced,
)
from keyaudit.history.exposure.reachability import Dropped, Place, ReachabilityTracker, Reachable
from keyaudit.history.git.commits import Log, Step
from keyaudit.history.git.naming_path import remoteness
from keyaudit.history.git.object_lookup import starts_holding
from keyaudit.history.git.objects import name_of, sizes
from keyaudit.history.git.tips import Starts, are_commits
from keyaudit.history.incremental.trail import MISSING, Blob, Trail
from keyaudit.sources.blobs import Blobs
from keyaudit.sources.git import GitError, Repository

# So many commits are gone through again and again before what is kept is written anew.
_FEW = 100
# To see what stands at so many paths of new starts takes less than to go through all commits.
_MOST_LOOKED = 1_000


class Walk(Protocol):
    """`trail` is what came of it: without what it knows there is nothing in.

    `is_short` says that few commits had to be gone through.
    """

    trail: Trail
    is_short: bool

    def follow(self, wanted: frozenset[str], doubtful: frozenset[str]) -> Trail:
        """The trail, with all that happened to the wanted blobs, and whether those in doubt, which
        are some of them, still stand somewhere. Raises GitError.
        """
        ...

    def dropped(self) -> Mapping[str, Dropped]:
        """The merges that dropped blobs in doubt, after `follow`. Raises GitError."""
        ...


def walk(
    repository: Repository,
    starts: Starts,
    kept: Trail | None,
    stack: ExitStack,
    hear: Callable[[Step], None] | None = None,
) -> Walk | None:
    """Goes through all commits that are reached from somewhere, or those since what is kept.

    `hear` is called for each of them once.

    None where refs name blobs or trees too. Git is ended at the end of `stack`. Raises GitError,
    also for trees that are missing.
    """
    known = kept.tips if kept is not None else frozenset[str]()
    if starts.tips - known and not are_commits(repository, starts.tips - known):
        return None
    if kept is not None:
        try:
            return _Since(repository, starts, kept, stack, hear)
        except (GitError, _RewrittenError, UnknownParentError):
            pass  # commits were taken away, or something of what is kept is not as it was
    if not starts.tips:
        return None
    every = _All(repository, starts, stack, hear)
    if kept is not None:  # what is in a blob at a path rests on nothing else
        blobs = every.trail.blobs
        every.trail.nothing = {
            blob
            for blob in kept.nothing
            if blob in blobs and blobs[blob].path == kept.blobs[blob].path
        }
    return every


class _RewrittenError(Exception):
    """Commits of an earlier run are reached no more."""


class _All:
    is_short = False

    def __init__(
        self,
        repository: Repository,
        starts: Starts,
        stack: ExitStack,
        hear: Callable[[Step], None] | None,
    ) -> None:
        self._repository = repository
        self._log = _log(repository, ["--stdin"], _lines(starts.tips), stack, hear=hear)
        listed = list(sizes(repository))  # while git goes through the commits
        order = Order()
        self._moments: list[str] = []
        first = first_places(self._in_time(order))
        blobs = {}
        for blob, size in listed:
            found = first.pop(blob, None)
            if found is not None:
                blobs[blob] = Blob(size, found[0], name_of(found[1]))
        for blob, (moment, path) in first.items():
            blobs[blob] = Blob(MISSING, moment, name_of(path))
        self.trail = Trail(*starts, blobs, order.skewed)

    def _in_time(self, order: Order) -> Iterator[tuple[str, Step]]:
        for step in self._log.steps():
            moment = order.moment(step)
            self._moments.append(moment)
            yield moment, step

    def follow(self, wanted: frozenset[str], doubtful: frozenset[str]) -> Trail:
        steps = zip(self._moments, self._log.steps(), strict=False)  # the same as before
        return _follow(self._repository, steps, self.trail, wanted, doubtful)

    def dropped(self) -> Mapping[str, Dropped]:
        return self.trail.standing.dropped


class _Since:
    def __init__(
        self,
        repository: Repository,
        starts: Starts,
        kept: Trail,
        stack: ExitStack,
        hear: Callable[[Step], None] | None,
    ) -> None:
        self._repository = repository
        self._stack = stack
        self._kept = kept
        self._added: set[str] = set()
        self._whole = False
        self.trail = Trail(*starts, kept.blobs.copy(), kept.skewed.copy(), kept.nothing.copy())
        self.trail.told, self.trail.unsaid = kept.told, kept.unsaid
        gone, new = kept.tips - starts.tips, starts.tips - kept.tips
        # There may be thousands of old ones, which git would read one by one. What is gone through
        # once more for it does no harm.
        old = {*gone, *(tip for tip in [kept.head] if tip)}
        revisions = ["--boundary", "--stdin"]
        log = _log(repository, revisions, _lines(new, old), stack, few=True) if new else None
        near = {*new, *(tip for tip in [starts.head] if tip)}
        if not any(_are_reached(repository, gone, tips) for tips in (near, starts.tips)):
            raise _RewrittenError
        self._steps = [] if log is None else self._in_time(list(log.steps()))
        for _, step in self._steps:
            if hear is not None:
                hear(step)
        self.is_short = len(self._steps) <= _FEW
        for moment, step in self._steps:
            for blob, path in introduced(step):
                self._put(blob, moment, name_of(path))
        self._measure()

    def follow(self, wanted: frozenset[str], doubtful: frozenset[str]) -> Trail:
        kept, trail = self._kept, self.trail
        trail.covered, self._whole = wanted, False
        if wanted <= kept.covered | self._added and doubtful <= kept.standing.blobs | self._added:
            standing = self._standing(doubtful)
            if standing is not None:
                trail.standing = standing
                again = {moment for moment, _ in self._steps}
                trail.changes = kept.about(wanted, changes_of(self._steps, wanted), again)
                return trail
        trail.standing = trail.standing._replace(blobs=doubtful)
        return self._through_all()

    def dropped(self) -> Mapping[str, Dropped]:
        if not self._whole and any(step.is_merge() for _, step in self._steps):
            self._through_all()
        return self.trail.standing.dropped

    def _through_all(self) -> Trail:
        self.is_short, self._whole = False, True
        trail = self.trail
        log = _log(self._repository, ["--stdin"], _lines(trail.tips), self._stack)
        steps = in_time(log.steps())
        return _follow(self._repository, steps, trail, trail.covered, trail.standing.blobs)

    def _standing(self, doubtful: frozenset[str]) -> Reachable | None:
        """What stands where, by what was known, and a look at new starts; None where that does not
        tell.
        """
        tips = self.trail.tips
        places = {(p.path, p.blob): p for p in self._kept.standing.places if p.blob in doubtful}
        for _, step in self._steps:
            for blob, path in introduced(step):
                if blob in doubtful:
                    name = os.fsdecode(path)
                    places.setdefault((name, blob), Place(name, blob))
        paths = {path for path, _ in places}
        new = tips - self._kept.tips
        if len(paths) * len(new) > _MOST_LOOKED:
            return None
        found = starts_holding(self._repository, new, paths)
        now = tuple(p.among(tips, found.get(at, ())) for at, p in places.items())
        dropped = {b: one for b, one in self._kept.standing.dropped.items() if b in doubtful}
        standing = Reachable(doubtful, now, dropped)
        unsure = {place.blob for place in now if place.more}
        return standing if unsure <= standing.now() else None

    def _in_time(self, steps: Sequence[Step]) -> list[tuple[str, Step]]:
        order = Order(self.trail.skewed, roots=False)
        for step in steps:
            if step.boundary:
                commit, date, _ = step.place()
                order.known(commit, date)
        return [(order.moment(step), step) for step in steps if not step.boundary]

    def _put(self, blob: str, moment: str, path: str) -> None:
        known = self.trail.blobs.get(blob)
        if known is None:
            self._added.add(blob)
            self.trail.blobs[blob] = Blob(MISSING, moment, path)
        elif (remoteness(path), moment) < (remoteness(known.path), known.moment):
            self.trail.blobs[blob] = Blob(known.size, moment, path)
            if known.path != path:
                self.trail.nothing.discard(blob)

    def _measure(self) -> None:
        """The sizes of blobs that are new, and of those that were missing."""
        blobs = self.trail.blobs
        unknown = [blob for blob, known in blobs.items() if known.size == MISSING]
        for blob, size in Blobs(self._repository).sizes(unknown).items():
            blobs[blob] = blobs[blob]._replace(size=size)


def first_places(steps: Iterable[tuple[str, Step]]) -> dict[str, tuple[str, bytes]]:
    """For each blob the path that counts, and the moment in which it came there."""
    first: dict[str, tuple[str, bytes]] = {}
    for moment, step in steps:
        for blob, path in introduced(step):
            known = first.get(blob)
            if known is None or _counts(moment, path, *known):
                first[blob] = moment, path
    return first


def _counts(moment: str, path: bytes, earlier: str, other: bytes) -> bool:
    """Whether a path that a blob came to counts, and not another one, which is known."""
    if path == other:
        return moment < earlier
    return (remoteness(name_of(path)), moment) < (remoteness(name_of(other)), earlier)


def _follow(
    repository: Repository,
    steps: Iterable[tuple[str, Step]],
    trail: Trail,
    wanted: frozenset[str],
    doubtful: frozenset[str],
) -> Trail:
    trail.covered = wanted
    trail.changes, trail.standing = followed_places(repository, steps, wanted, doubtful, trail.tips)
    return trail


def followed_places(
    repository: Repository,
    steps: Iterable[tuple[str, Step]],
    wanted: frozenset[str],
    doubtful: frozenset[str],
    tips: Collection[str],
) -> tuple[list[Change], Reachable]:
    """What commits, with their moments, say of wanted blobs, and which of those in doubt the tips
    have. Raises GitError.
    """
    if not doubtful:
        return changes_of(steps, wanted), Reachable()
    with closing(ReachabilityTracker(repository, doubtful, tips)) as ends:
        changes = changes_of(steps, wanted, ends.step)
        return changes, ends.standing()


def _log(
    repository: Repository,
    revisions: Sequence[str],
    stdin: bytes,
    stack: ExitStack,
    *,
    few: bool = False,
    hear: Callable[[Step], None] | None = None,
) -> Log:
    return stack.enter_context(closing(Log(repository, revisions, stdin, few=few, hear=hear)))


def _are_reached(repository: Repository, old: frozenset[str], tips: Collection[str]) -> bool:
    """Whether all of some commits are reached from others."""
    return not old or not repository.run(
        "rev-list", "--max-count=1", "--stdin", data=_lines(old, tips)
    )


def _lines(commits: Iterable[str], without: Iterable[str] = ()) -> bytes:
    """Commits, and such whose parents and they themselves are left out, as git reads them."""
    return "".join([*(f"{c}\n" for c in commits), *(f"^{c}\n" for c in without)]).encode()
