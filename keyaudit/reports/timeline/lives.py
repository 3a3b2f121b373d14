"""The rows of a timeline, and its scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Severity
from keyaudit.core.timestamps import utc
from keyaudit.reports.terminal import path_text

_DAY = 86_400.0
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    """One secret on a timeline, with times in seconds since 1970.

    `start` is when it was added, `end` when its last place was removed; None if it is still in HEAD
    or at the end of another branch. `rotated_days` is after how many days it was replaced by a new
    value, or None.
    """

    name: str
    start: float
    end: float | None
    in_head: bool
    rotated_days: int | None
    severity: Severity
    history: History

    @property
    def state(self) -> str:
        """What became of the secret, in a few words."""
        if self.in_head:
            return "in HEAD"
        if self.rotated_days is not None:
            return f"replaced after {self.rotated_days:,} d"
        if self.end is None:
            return "not in HEAD"
        return f"left after {int((self.end - self.start) / _DAY):,} d"


@dataclass(frozen=True, slots=True)
class Scale:
    """The time that a timeline covers, in seconds since 1970."""

    start: float
    end: float

    def place(self, moment: float) -> float:
        """The position of a time on the scale, from 0 at the start to 1 at the end."""
        return min(1.0, max(0.0, (moment - self.start) / (self.end - self.start)))

    def years(self, most: int) -> list[tuple[int, float]]:
        """The years to mark, about `most` or fewer, each with the position of its beginning."""
        first = utc(self.start).year + 1
        last = utc(self.end).year
        step = max(1, -(-(last - first + 1) // max(1, most)))
        return [
            (year, self.place(datetime(year, 1, 1, tzinfo=UTC).timestamp()))
            for year in range(first, last + 1, step)
        ]


def rows(findings: Iterable[Finding]) -> list[Row]:
    """A row for each secret whose first commit is known, in order of path and time."""
    found: dict[tuple[object, ...], Row] = {}
    for finding in findings:
        known = finding.history
        if known is None or known.date is None:
            continue
        name = f"{path_text(finding.path)}:{finding.span.name}"
        removed = known.removed_date
        row = Row(
            name=name,
            start=_seconds(known.date),
            end=None if removed is None else _seconds(removed),
            in_head=known.in_head,
            rotated_days=known.rotated_days,
            severity=finding.severity,
            history=known,
        )
        key = (name, finding.span.column, known.commit, known.blobs)
        found[key] = max(found.get(key, row), row, key=lambda row: row.severity)
    return sorted(found.values(), key=lambda row: (row.history.paths, row.start, row.name))


def scale(rows: Iterable[Row], now: float) -> Scale:
    """The scale from the first to the last time of the rows and `now`, with a margin."""
    moments = [now, *(moment for row in rows for moment in (row.start, row.end or row.start))]
    start, end = min(moments), max(moments)
    room = max(_DAY, (end - start) * _MARGIN)
    return Scale(start - room, end + room)


def _seconds(date: str) -> float:
    return datetime.fromisoformat(date).timestamp()
