"""Rate limits for the use of keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from keyaudit.remediation.errors import RateLimitError


class RateLimit:
    """A token bucket: at most `operations` operations at once, refilled evenly over `seconds`
    seconds.

    `clock`: returns seconds, and does not run backwards. Threads may share a limit. Raises
    ValueError for limits not above 0.
    """

    def __init__(
        self,
        operations: int,
        seconds: float = 1.0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if operations <= 0 or seconds <= 0:
            raise ValueError("a rate limit is above 0")
        self._operations = operations
        self._per_second = operations / seconds
        self._clock = clock
        self._tokens = float(operations)
        self._last = clock()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Count one operation. Raises `RateLimitError`, with the seconds to wait, when it exceeds
        the limit."""
        with self._lock:
            now = self._clock()
            grown = self._tokens + (now - self._last) * self._per_second
            self._tokens = min(float(self._operations), grown)
            self._last = now
            if self._tokens < 1.0:
                wait = (1.0 - self._tokens) / self._per_second
                raise RateLimitError(
                    f"the key was used more often than its limit allows; in {wait:.3g} s again",
                    wait,
                )
            self._tokens -= 1.0
