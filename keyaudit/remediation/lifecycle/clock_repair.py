"""Lets a store go on after its clock had run far ahead."""

from __future__ import annotations

from datetime import UTC

from keyaudit.remediation.errors import KeyStateError
from keyaudit.remediation.lifecycle.clocks import BEHIND
from keyaudit.remediation.lifecycle.records import check_actor, check_reason, moment, utc
from keyaudit.remediation.lifecycle.requests import Requests


class ClockRepair(Requests):
    """The operation of `KeyManager` that accepts a clock that is behind the store."""

    def accept_clock(self, *, by: str, why: str) -> None:
        """Accept that the clock is behind the store's last record, which was written while a clock
        ran ahead: without this, every change raises `ClockError` until that time has come.

        What would last longer than it should is ended in the same change: all reactivations, and
        requests for approval that were made in the time that is now to come. Versions that were
        taken into use then count as taken into use now. Waits before destructions and retentions
        stay as they are. Make sure first that the clock is right now. Raises `KeyStateError` when
        the clock is not behind by more than 10 minutes, ValueError without `by` or `why`.
        """
        by, why = check_actor(by), check_reason(why)
        with self._write() as change:
            assert self._seen is not None
            last = self._seen.time
            now = self._clock_time(change.connection).astimezone(UTC)
            if now >= last - BEHIND:
                raise KeyStateError("the clock is not behind the store's last record")
            change.set_time(now)
            ended = []
            for row in change.all("versions"):
                columns: dict[str, object] = {}
                if row["reactivated_until"] is not None:
                    columns["reactivated_until"] = None
                    ended.append(row["id"])
                if row["activated"] is not None and moment(row["activated"]) > now:
                    columns["activated"] = utc(now)
                if columns:
                    change.put("versions", row | columns)
            for row in change.all("requests"):
                if moment(row["requested"]) > now:
                    self._close_request(change, row)
            detail = {"why": why, "last": utc(last), "ended": ended}
            change.record(by, "accept-clock", "", None, detail)
