"""Groups the detections of one line by the secret that they are of."""

from __future__ import annotations

from bisect import bisect

from keyaudit.core.location import Span
from keyaudit.secrets.detection import Detection

_FEW = 64  # secrets in a line

_Detected = tuple[Detection, str, Span]


class DetectionGroups:
    """Detections of one line by the secret that they are of: the same text, a part of it, or a text
    at a place that overlaps."""

    def __init__(self) -> None:
        self._groups: list[list[_Detected]] = []
        self._by_text: dict[str, list[_Detected]] = {}
        # The first places of groups, which do not overlap, by their columns.
        self._starts: list[int] = []
        self._at: list[list[_Detected]] = []

    def add(self, detection: Detection, text: str, span: Span) -> None:
        """Adds a detection of `text` at `span` to the group it belongs to, or to a new one.

        To be called with the most specific detector first: its text and span name the group.
        """
        group = self._by_text.get(text) or self._overlapping(span) or self._containing(text)
        if group is None:
            group = []
            self._groups.append(group)
            place = bisect(self._starts, span.column)
            self._starts.insert(place, span.column)
            self._at.insert(place, group)
        self._by_text.setdefault(text, group)
        group.append((detection, text, span))

    def in_order(self) -> list[list[_Detected]]:
        """The groups by their columns; each a list of (detection, text, span)."""
        return sorted(self._groups, key=lambda group: group[0][2])

    def _overlapping(self, span: Span) -> list[_Detected] | None:
        place = bisect(self._starts, span.column)
        for at in (place - 1, place):
            if 0 <= at < len(self._at) and _overlap(span, self._at[at][0][2]):
                return self._at[at]
        return None

    def _containing(self, text: str) -> list[_Detected] | None:
        # Of hundreds in a line, each would have to be compared with all others.
        if len(self._groups) > _FEW:
            return None
        return next((g for g in self._groups if text in g[0][1] or g[0][1] in text), None)


def _overlap(one: Span, other: Span) -> bool:
    return one.column < other.end_column and other.column < one.end_column
