"""The clock for deadlines and waits: it does not run backwards, and detects when it was set."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keyaudit.remediation.errors import ClockError

Clock = Callable[[], datetime]
"""Gives the time, with a time zone."""
BEHIND = timedelta(minutes=10)
"""How far a clock may be behind the store's last record: what machines' clocks differ by."""
AHEAD = timedelta(hours=1)
"""How far ahead of the time that passed a clock may run before a wait counts what passed."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The machine's clock in UTC. It never falls behind the time that passed since it was created,
    so setting the machine's clock back does not extend a deadline.

    `wall`: returns seconds since 1970 in UTC. `uptime`: returns the id of the current boot and the
    seconds since then, suspended time included (a clock that cannot be set), or None where the
    platform has no such clock.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        uptime: Callable[[], tuple[str, float] | None] | None = None,
    ) -> None:
        self._wall = wall
        self.uptime = _uptime if uptime is None else uptime
        self._began = wall(), self.uptime()

    def __call__(self) -> datetime:
        """The current time, in UTC."""
        now = self._wall()
        began, boot = self._began
        current = self.uptime()
        if boot is not None and current is not None and current[0] == boot[0]:
            now = max(now, began + current[1] - boot[1])
        return datetime.fromtimestamp(now, UTC)

    def mark(self, ahead: timedelta) -> str | None:
        """A mark for `passed_since`, at `ahead` from now, on the uptime clock; None where there is
        none."""
        current = self.uptime()
        return None if current is None else f"{current[0]} {current[1] + ahead.total_seconds():.0f}"

    def passed_since(self, mark: str | None) -> timedelta | None:
        """The time since `mark` (negative before it) on the uptime clock. None when the machine was
        restarted since the mark was made, or has no such clock."""
        current = self.uptime()
        if mark is None or current is None:
            return None
        boot, _, seconds = mark.partition(" ")
        if boot != current[0]:
            return None
        return timedelta(seconds=current[1] - float(seconds))


def later_of(now: datetime, last: datetime) -> datetime:
    """The later of `now` and `last`, the time of the store's last audit record. Raises `ClockError`
    when the clock is more than 10 minutes behind `last`: deadlines would last longer by that
    much."""
    if now < last - BEHIND:
        raise ClockError(
            f"the clock says {now.isoformat(timespec='seconds')}, but the store's last record is "
            f"of {last.isoformat(timespec='seconds')}; set the clock right, or, if it had run "
            "ahead then, accept it as it is now (accept_clock, `keyaudit keys accept-clock`)"
        )
    return max(now, last)


def _uptime() -> tuple[str, float] | None:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None:
        return None
    boot = _boot_id()
    return None if boot is None else (boot, time.clock_gettime(clock))


@functools.cache
def _boot_id() -> str | None:
    with contextlib.suppress(OSError):
        return _BOOT_ID.read_text("ascii").strip()
    return None
