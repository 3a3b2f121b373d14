"""The time that deadlines and waits go by: it never runs back, and its jumps are noticed."""

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
    """The machine's clock in UTC. While the process runs it is never behind the time that passed
    since it was made, so that a clock set back extends no deadline.

    `wall`: seconds since 1970. `uptime`: the boot and the seconds since then, suspended ones
    included, or None where the system does not tell; nobody sets that clock.
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
        """Now."""
        now = self._wall()
        began, boot = self._began
        current = self.uptime()
        if boot is not None and current is not None and current[0] == boot[0]:
            now = max(now, began + current[1] - boot[1])
        return datetime.fromtimestamp(now, UTC)

    def mark(self, ahead: timedelta) -> str | None:
        """What `passed_since` takes: the time `ahead` (a timedelta) of now, on the clock that
        nobody sets."""
        current = self.uptime()
        return None if current is None else f"{current[0]} {current[1] + ahead.total_seconds():.0f}"

    def passed_since(self, mark: str | None) -> timedelta | None:
        """The time that passed since `mark` (below 0 before it), by the clock that nobody sets;
        None when the machine was started anew in between, or does not tell."""
        current = self.uptime()
        if mark is None or current is None:
            return None
        boot, _, seconds = mark.partition(" ")
        if boot != current[0]:
            return None
        return timedelta(seconds=current[1] - float(seconds))


def later_of(now: datetime, last: datetime) -> datetime:
    """The later of the clock's time and that of the store's last record. `ClockError` when the
    clock is more than 10 minutes behind: deadlines would last as much longer."""
    if now < last - BEHIND:
        raise ClockError(
            f"the clock says {now.isoformat(timespec='seconds')}, but the store's last record is "
            f"of {last.isoformat(timespec='seconds')}; set the clock right"
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
