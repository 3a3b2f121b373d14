"""Groups fixes by the files that they change, and finds fixes that clash."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

from keyaudit.fixes.changes import Change, clash
from keyaudit.fixes.offers import Offer


class TakenPlaces:
    """The changes of one file that are already accepted in this round."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._known: set[Change] = set()

    def clashes(self, changes: Sequence[Change]) -> bool:
        """Whether any of the changes overlaps an accepted one."""
        for change in changes:
            if change in self._known:
                continue
            at = bisect.bisect_left(self._changes, change.start, key=lambda one: one.start)
            near = self._changes[max(0, at - 2) : at + 3]
            if any(clash(change, one) for one in near):
                return True
        return False

    def add(self, changes: Sequence[Change]) -> None:
        """Record changes as accepted."""
        for change in changes:
            if change not in self._known:
                self._known.add(change)
                bisect.insort(self._changes, change, key=lambda one: (one.start, one.end))


def changes_by_path(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """The changes grouped by the path of the file that they change."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.path, []).append(change)
    return found


def groups_by_file(offers: Sequence[Offer]) -> list[list[Offer]]:
    """The offers in groups that share no file: offers that change a common file, directly or
    through other offers, are in one group."""
    leader: dict[str, str] = {}

    def find(path: str) -> str:
        while leader.setdefault(path, path) != path:
            path = leader[path]
        return path

    for found in offers:
        paths = [found.finding.path, *(change.path for change in found.changes)]
        for path in paths[1:]:
            leader[find(path)] = find(paths[0])
    groups: dict[str, list[Offer]] = {}
    for found in offers:
        groups.setdefault(find(found.finding.path), []).append(found)
    return list(groups.values())
