"""How often a key is usually used, learned from its use."""

from __future__ import annotations

from dataclasses import dataclass

_WEIGHT = 0.1
"""Of the last window in the mean: what was usual 20 windows ago counts for an eighth."""
_MOST_WINDOWS = 500


@dataclass(slots=True)
class Baseline:
    """The usual number of uses of one key in a window of `seconds`, as a mean that forgets slowly.

    `windows`: how many of them it was learned from. The window under way is not part of it, so that
    a rush does not become usual while it lasts.
    """

    seconds: float
    mean: float = 0.0
    windows: int = 0
    _began: float | None = None
    _count: int = 0

    def add(self, now: float) -> int:
        """Count a use at `now` (seconds that only grow); the number of uses in this window."""
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
        """Take the window that ended into the mean, and the idle ones after it."""
        if self.windows:
            self.mean += (self._count - self.mean) * _WEIGHT
        else:
            self.mean = float(self._count)
        idle = min(passed - 1, _MOST_WINDOWS)
        self.mean *= (1 - _WEIGHT) ** idle
        self.windows = min(self.windows + 1 + idle, _MOST_WINDOWS)
