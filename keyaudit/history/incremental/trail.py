"""Stores the trail of a run (its starts and their blobs), so that the next one continues it.

What is reached from a commit never changes. So long as all commits that a run started from are
reached from those that another one starts from, the first one's blobs and changes are a part of the
second one's, whatever became of the refs.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from keyaudit.core.finding import Finding
from keyaudit.core.result import DocumentResult
from keyaudit.history.exposure.attribution import Change, in_order
from keyaudit.history.exposure.reachability import Dropped, Place, Reachable
from keyaudit.history.git.commits import Commit
from keyaudit.scanning import codec

MISSING = -1
_FORMAT = 5
_MOST_BLOBS = 200_000  # of which as many bytes are kept as of twenty thousand findings
_MOST_UNSAID = 2_000_000  # characters


class Blob(NamedTuple):
    """`path` is where the first commit put it that did, at `moment`, of its paths that are no tests
    or the like (`remoteness`). The `size` of one that is not
    there is `MISSING`.
    """

    size: int
    moment: str
    path: str


class Told(NamedTuple):
    """A finding in the message of a commit, or in the name of its author."""

    commit: Commit
    finding: Finding


class Unsaid(NamedTuple):
    """The message of a commit that could not be analyzed: the next run tries it again.

    `author_line` is its line (from 1) with the commit's author, 0 where there is none.
    """

    commit: Commit
    place: str
    message: str
    author_line: int


@dataclass(slots=True)
class Trail:
    """`tips` are the commits (and tags of such) that all was reached from, of which HEAD named
    `head`. `blobs` has all that any commit put
    somewhere. In `nothing` are those of which it is known that there is nothing in them, at that
    path. `changes` are those of the blobs in `covered`, and `skewed` is as in `Order`.
    `standing` says of some blobs which of the tips have them. `told` is what the commits' messages
    tell, but for those that are `unsaid`.
    """

    tips: frozenset[str]
    head: str | None
    blobs: dict[str, Blob]
    skewed: dict[str, int] = field(default_factory=dict)
    nothing: set[str] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    covered: frozenset[str] = frozenset()
    standing: Reachable = field(default_factory=Reachable)
    told: tuple[Told, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()

    def about(
        self, wanted: frozenset[str], more: Iterable[Change], without: Container[str]
    ) -> list[Change]:
        """The changes that are of wanted blobs, but for those at some moments, and some more."""
        of = (c for c in self.changes if c.new in wanted or not wanted.isdisjoint(c.old))
        return in_order([*(c for c in of if c.moment not in without), *more])


def encode(trail: Trail) -> bytes | None:
    """The bytes that `decode` reads back; None for what is too large to be kept."""
    if len(trail.blobs) > _MOST_BLOBS or sum(len(u.message) for u in trail.unsaid) > _MOST_UNSAID:
        return None
    blobs = trail.blobs.values()
    moments = {moment: at for at, moment in enumerate(dict.fromkeys(b.moment for b in blobs))}
    commits = {change.commit: [*change.commit] for change in trail.changes}
    numbers = {commit: at for at, commit in enumerate(commits)}
    data = {
        "format": _FORMAT,
        "tips": sorted(trail.tips),
        "head": trail.head,
        "skewed": trail.skewed,
        "ids": list(trail.blobs),
        "sizes": [blob.size for blob in blobs],
        "moments": list(moments),
        "at": [moments[blob.moment] for blob in blobs],
        "paths": [blob.path for blob in blobs],
        "nothing": "".join("1" if blob in trail.nothing else "0" for blob in trail.blobs),
        "commits": list(commits.values()),
        "changes": [[numbers[c.commit], c.old, c.new, c.path, c.moment] for c in trail.changes],
        "covered": sorted(trail.covered),
        "standing": _standing(trail),
        "told_by": [[*one.commit] for one in trail.told],
        "unsaid": [[[*one.commit], *one[1:]] for one in trail.unsaid],
        "told": codec.encode(DocumentResult(tuple(one.finding for one in trail.told))).decode(),
    }
    return json.dumps(data, separators=(",", ":")).encode()


def decode(data: bytes) -> Trail | None:
    """What `encode` wrote; None for anything else."""
    try:
        return _trail(json.loads(data))
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _trail(data: dict[str, Any]) -> Trail:
    if data["format"] != _FORMAT:
        raise ValueError("another format")
    ids, moments = data["ids"], data["moments"]
    of = map(moments.__getitem__, data["at"])
    blobs = map(Blob._make, zip(data["sizes"], of, data["paths"], strict=True))
    commits = [Commit(*fields) for fields in data["commits"]]
    return Trail(
        frozenset(data["tips"]),
        data["head"],
        dict(zip(ids, blobs, strict=True)),
        data["skewed"],
        {blob for blob, flag in zip(ids, data["nothing"], strict=True) if flag == "1"},
        [Change(commits[at], tuple(old), *rest) for at, old, *rest in data["changes"]],
        frozenset(data["covered"]),
        _stood(sorted(data["tips"]), *data["standing"]),
        _told(data),
        tuple(Unsaid(Commit(*commit), *rest) for commit, *rest in data["unsaid"]),
    )


def _told(data: dict[str, Any]) -> tuple[Told, ...]:
    findings = codec.decode(data["told"].encode()).findings
    pairs = zip(data["told_by"], findings, strict=True)
    return tuple(Told(Commit(*commit), finding) for commit, finding in pairs)


def _standing(trail: Trail) -> list[Any]:
    """What `_stood` reads."""
    numbers = {tip: at for at, tip in enumerate(sorted(trail.tips))}
    blobs, places, dropped = trail.standing
    rows = [[p.path, p.blob, [numbers[tip] for tip in p.tips], p.more] for p in places]
    return [sorted(blobs), rows, {b: [one.moment, *one.commit] for b, one in dropped.items()}]


def _stood(
    tips: list[str], blobs: list[str], places: list[Any], dropped: dict[str, list[Any]]
) -> Reachable:
    return Reachable(
        frozenset(blobs),
        tuple(Place(path, b, tuple(tips[at] for at in of), more) for path, b, of, more in places),
        {blob: Dropped(moment, Commit(*who)) for blob, (moment, *who) in dropped.items()},
    )
