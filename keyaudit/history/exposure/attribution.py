"""Attributes blobs to commits: who added a blob, and which commit removed it.

The order rests on nothing but the commits: by the committer's date, but after the parents where a
clock was wrong (git's corrected commit date, gitformat-commit-graph(5)); of one date by their ids.
So it is the same, whether all commits are gone through or those that are new since a run before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from keyaudit.history.git.commits import Commit, Row, Step

# What a moment is written with: digits of its date, and of the commit's id.
_DATE, _ID = 12, 16
_SUBMODULE = b"160000"


class Change(NamedTuple):
    """A path's blobs before a commit (one for each parent; zeros: none) and after it. `moment`
    orders changes."""

    commit: Commit
    old: tuple[str, ...]
    new: str
    path: str
    moment: str = ""


class UnknownParentError(Exception):
    """A commit came before one of its parents."""


@dataclass(slots=True)
class Order:
    """The corrected dates of commits; `skewed` has those whose date was changed.

    `roots` says that a parent that was not gone through is taken for none.
    """

    skewed: dict[str, int] = field(default_factory=dict)
    roots: bool = True
    _dates: dict[str, int] = field(default_factory=dict)

    def known(self, commit: str, date: int) -> None:
        """Registers a commit of an earlier run, with its own date."""
        self._dates[commit] = self.skewed.get(commit, date)

    def moment(self, step: Step) -> str:
        """Where in the order a commit stands; its parents must have been asked about before.

        Raises UnknownParentError.
        """
        commit, date, parents = step.place()
        latest = -1
        for parent in parents:
            before = self._dates.get(parent)
            if before is not None:
                latest = max(latest, before)
            elif not self.roots:
                raise UnknownParentError
        corrected = max(date, latest + 1)
        if corrected != date:
            self.skewed[commit] = corrected
        self._dates[commit] = corrected
        return f"{corrected:0{_DATE}d}{commit[:_ID]}"


def in_time(steps: Iterable[Step]) -> Iterator[tuple[str, Step]]:
    """All steps of a history, parents before children, each with its moment."""
    order = Order()
    for step in steps:
        yield order.moment(step), step


def introduced(step: Step) -> Iterator[tuple[str, bytes]]:
    """The ids of the blobs that a commit adds, with their paths."""
    for row in step.rows:
        mode, blob = row.after()
        if mode != _SUBMODULE and blob.strip(b"0"):
            yield blob.decode("ascii", "replace"), row.path


def changes_of(
    steps: Iterable[tuple[str, Step]],
    wanted: frozenset[str],
    watch: Callable[[str, Step, Sequence[Row]], None] | None = None,
) -> list[Change]:
    """The changes that bring in or take away a wanted blob, of steps with their moments.

    Parents come before children. A merge counts where its result is like none of its parents.
    `watch` is called for each step, with its moment and those of its rows.
    """
    found = []
    ids = frozenset(blob.encode() for blob in wanted)
    for moment, step in steps:
        rows = [row for row in step.rows if not ids.isdisjoint(row.text.split(b" "))]
        if rows:
            commit = step.commit()
            found += [Change(commit, *row.blobs(), row.name(), moment) for row in rows]
        if watch is not None:
            watch(moment, step, rows)
    return in_order(found)


def in_order(changes: Iterable[Change]) -> list[Change]:
    """The changes sorted by their moments; those of one commit keep their order."""
    return sorted(changes, key=lambda change: change.moment)
