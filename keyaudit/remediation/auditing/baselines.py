"""The usual rate of use of a key, learned from its use."""

from __future__ import annotations

from dataclasses import dataclass

_WEIGHT = 0.1
"""Of the last window in the mean: what was usual 20 windows ago counts for an eighth."""
_MOST_WINDOWS = 500


@dataclass(slots=True)
class Baseline:
    """The usual number of uses of one key in a window of `seconds` seconds: an exponentially
    weighted mean, in which the last complete window counts for a tenth.

    `mean`: uses per window. `windows`: the number of complete windows it was learned from, at most
    500. The current window is not part of the mean, so a burst does not raise it while it lasts.
    """

    seconds: float
    mean: float = 0.0
    windows: int = 0
    _began: float | None = None
    _count: int = 0

    def add(self, now: float) -> int:
        """Count one use at `now` (seconds, from a clock that does not run backwards). Returns the
        number of uses in the current window."""
        if self._began is None:
            self._began = now
        passed = int((now - self._began) // self.seconds)
        if passed > 0:
            self._learn(passed)
            self._began += passed * self.seconds
            self._count = 0
        self._count += 1
        return self._count

    def _learn(self, passed: int) -> None:
        """Include the window that ended, and the idle windows after it, in the mean."""
        if self.windows:
            self.mean += (self._count - self.mean) * _WEIGHT
        else:
            self.mean = float(self._count)
        idle = min(passed - 1, _MOST_WINDOWS)
        self.mean *= (1 - _WEIGHT) ** idle
        self.windows = min(self.windows + 1 + idle, _MOST_WINDOWS)
