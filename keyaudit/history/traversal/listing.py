"""Lists the blobs to scan, and answers who added and removed each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import Protocol

from keyaudit.history.exposure.attribution import Change, in_time
from keyaudit.history.exposure.reachability import Dropped, Reachable
from keyaudit.history.git.commits import Log, Step
from keyaudit.history.git.objects import Objects, list_objects, revisions_of
from keyaudit.history.git.tips import Tips
from keyaudit.history.incremental.blob_results import BlobResults
from keyaudit.history.incremental.trail import MISSING, Told, Unsaid, decode, encode
from keyaudit.history.request import HistoryRequest
from keyaudit.history.traversal.walk import Walk, first_places, followed_places, walk
from keyaudit.sources.git import GitError, Repository


class Attributions(Protocol):
    """Attributes changes to the commits of a history."""

    def follow(
        self, wanted: frozenset[str], doubtful: frozenset[str]
    ) -> tuple[list[Change], frozenset[str]]:
        """The changes that bring in or take away a wanted blob, in order; and which of those in
        doubt, of the wanted ones, some start still has. Raises GitError.
        """
        ...

    def dropped(self) -> Mapping[str, Dropped]:
        """The last merge that left out a place of a blob in doubt without naming it; after
        `follow`. Raises GitError.
        """
        ...

    @property
    def told(self) -> tuple[Told, ...]:
        """What earlier runs found in the messages of commits that are not gone through again."""
        ...

    @property
    def unsaid(self) -> tuple[Unsaid, ...]:
        """Those of these messages that could not be analyzed."""
        ...

    def keep(
        self, kept: BlobResults, told: tuple[Told, ...], unsaid: tuple[Unsaid, ...] = ()
    ) -> None:
        """Keeps what the next run can continue from."""
        ...


def list_blobs(
    repository: Repository, request: HistoryRequest, tips: Tips, kept: BlobResults,
    stack: ExitStack, hear: Callable[[Step], None] | None = None,
) -> tuple[Objects, Attributions]:  # fmt: skip
    """The blobs of the request's history. At the end of `stack` git is ended.

    `hear` is called once for each commit that is gone through.
    Raises GitError, and KeyauditError for revisions that are none.
    """
    head = tips.head()
    found = Objects(head.paths, skipped=head.skipped)
    limit = request.settings.max_file_size
    if request.revisions is None and not request.unreachable:
        name = f"trail {repository.top} {request.settings.exclude} {request.settings.file}"
        try:
            known = kept.load(name)
            trail = decode(known) if known else None
            starts = tips.starts()
            gone = None if starts is None else walk(repository, starts, trail, stack, hear)
            if gone is not None:
                return found, _Trailed(repository, gone, name, found, kept, limit)
        except GitError:
            pass  # what follows says what is wrong, and tells what it can
    revisions = revisions_of(repository, request)
    log = stack.enter_context(
        closing(Log(repository, revisions.arguments, revisions.stdin, hear=hear))
    )
    list_objects(repository, revisions, found, limit, partial(_paths, log))
    ends = revisions.ends if request.revisions is not None else tips.named().tips
    return found, _Logged(repository, log, ends)


def _paths(log: Log) -> dict[str, bytes]:
    """The path of each blob that counts; nothing where git cannot tell of all commits."""
    with suppress(GitError):
        return {blob: path for blob, (_, path) in first_places(in_time(log.steps())).items()}
    return {}


class _Logged:
    told: tuple[Told, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()

    def __init__(self, repository: Repository, log: Log, tips: frozenset[str]) -> None:
        self._repository = repository
        self._log = log
        self._tips = tips
        self._standing = Reachable()

    def follow(
        self, wanted: frozenset[str], doubtful: frozenset[str]
    ) -> tuple[list[Change], frozenset[str]]:
        changes, self._standing = followed_places(
            self._repository, in_time(self._log.steps()), wanted, doubtful, self._tips
        )
        return changes, self._standing.now()

    def dropped(self) -> Mapping[str, Dropped]:
        return self._standing.dropped

    def keep(
        self, kept: BlobResults, told: tuple[Told, ...], unsaid: tuple[Unsaid, ...] = ()
    ) -> None:
        pass


class _Trailed:
    def __init__(
        self,
        repository: Repository,
        gone: Walk,
        name: str,
        found: Objects,
        kept: BlobResults,
        limit: int,
    ) -> None:
        self._gone = gone
        self._name = name
        self._head = found.head
        missing = 0
        for blob, (size, _, path) in gone.trail.blobs.items():
            if size == MISSING:
                missing += 1
            else:
                found.add(blob, size, path, limit)
        found.lacks(missing, repository)
        kept.settled = frozenset(gone.trail.nothing - self._moved())

    def _moved(self) -> set[str]:
        """The blobs of HEAD that are not looked at where the first commit put them."""
        blobs = self._gone.trail.blobs
        return {
            blob
            for blob, paths in self._head.items()
            if blob not in blobs or blobs[blob].path != paths[0]
        }

    def follow(
        self, wanted: frozenset[str], doubtful: frozenset[str]
    ) -> tuple[list[Change], frozenset[str]]:
        trail = self._gone.follow(wanted, doubtful)
        return trail.changes, trail.standing.now()

    def dropped(self) -> Mapping[str, Dropped]:
        return self._gone.dropped()

    @property
    def told(self) -> tuple[Told, ...]:
        return self._gone.trail.told

    @property
    def unsaid(self) -> tuple[Unsaid, ...]:
        return self._gone.trail.unsaid

    def keep(
        self, kept: BlobResults, told: tuple[Told, ...], unsaid: tuple[Unsaid, ...] = ()
    ) -> None:
        if self._gone.is_short:
            return
        trail = self._gone.trail
        trail.told, trail.unsaid = told, unsaid
        trail.nothing = set(kept.empty - self._moved())
        data = encode(trail)
        if data is not None:
            kept.store(self._name, data)
            kept.write(trail.nothing)
