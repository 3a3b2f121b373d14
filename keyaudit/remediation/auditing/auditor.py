"""Audit events: which key was used for what, when and with what result. No key material in them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from keyaudit.remediation.auditing.baselines import Baseline
from keyaudit.remediation.auditing.callers import Caller, ExpectedCallers, Noted
from keyaudit.remediation.errors import BackendError, UnknownKeyError

_NAME_CHARACTERS = 256
_MOST_KEYS = 10_000
_FEWEST_USES = 10
_UNUSUAL = "over the usual"
OK = "ok"
FAILED = "failed"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One use of a key, or an alert. It holds no key material and none of the data.

    `time`: in UTC. `operation`: what was done, such as `encrypt`, `unwrap` or `manage-rotate`;
    `alert` for an alert. `key_id`: the key's id; empty in an alert about unknown keys. `outcome`:
    `ok`; `failed` when the operation raised an error (wrong key, context or ciphertext, a service's
    refusal); `refused` when the key's purpose, rate limit or state forbids it. `purpose`: of a
    `PurposeKey`, else empty. `size`: bytes of data, 0 where not known. `context`: the encryption
    context. `detail`: the name of the error's class and the key service's own code, or the reason
    of the alert. `principal`, `region`: who asked the key service, and where (keys of AWS KMS; else
    empty). `request`: the service's id of the request (in CloudTrail `requestID`).
    """

    time: datetime
    operation: str
    key_id: str
    outcome: str = OK
    purpose: str = ""
    size: int = 0
    context: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    principal: str = ""
    region: str = ""
    request: str = ""

    @property
    def is_alert(self) -> bool:
        """Whether this event is an alert, which says that a threshold was exceeded."""
        return self.operation == "alert"


Sink = Callable[[AuditEvent], object]
"""Called with each event: write it to a log, a span of OpenTelemetry, a queue."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an `Auditor` raises an alert for a key.

    `failures`, `operations`: how many failed or refused uses, and how many uses in all, are allowed
    within the last `seconds` seconds; one more raises an alert. `times_usual`: also raise an alert
    when the uses in the current window of `seconds` seconds are more than that many times the key's
    usual number, and more than 10; None turns this off. `learned_from`: windows to observe before
    that comparison is made. For each key and reason, at most one alert is raised within `seconds`.
    Raises ValueError for numbers below 0, `seconds` not above 0 and `times_usual` not above 1.
    """

    failures: int = 10
    operations: int = 10_000
    seconds: float = 60.0
    times_usual: float | None = None
    learned_from: int = 20

    def __post_init__(self) -> None:
        if min(self.failures, self.operations, self.learned_from) < 0 or self.seconds <= 0:
            raise ValueError("thresholds are not below 0, and seconds are above")
        if self.times_usual is not None and self.times_usual <= 1:
            raise ValueError("an alert is over more than once the usual")


class Auditor:
    """Gives each event to logging and to every sink, and raises alerts when a threshold is
    exceeded. Threads may share an auditor.

    `sinks`: callables that take an `AuditEvent` (see `Sink`). `thresholds`: by default
    `Thresholds()`. `clock`: returns the time as a datetime in UTC. `expected`: an event with a
    principal or region that is not among these raises an alert (at most one for each key within the
    thresholds' `seconds`).

    Events go to the logger `keyaudit.remediation` (INFO for `ok`, WARNING for other outcomes, ERROR
    for alerts), with the event as the record's attribute `audit_event`. An error in a sink is
    logged and does not stop the operation.

    Uses are counted by key id. Ids of keys that do not exist (an attacker can put any id into an
    envelope) are counted together under an empty id, so they neither fill memory nor evade the
    thresholds. `observe` cuts ids to 256 characters.
    """

    def __init__(
        self,
        *sinks: Sink,
        thresholds: Thresholds | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        expected: ExpectedCallers | None = None,
    ) -> None:
        self._sinks = sinks
        self._thresholds = Thresholds() if thresholds is None else thresholds
        self._clock = clock
        self._expected = expected
        self._logger = logging.getLogger("keyaudit.remediation")
        self._times: dict[tuple[str, str], deque[float]] = {}
        self._alerted: dict[tuple[str, str], float] = {}
        self._baselines: dict[str, Baseline] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def observe(
        self,
        operation: str,
        key_id: str,
        *,
        purpose: str = "",
        size: int = 0,
        context: Mapping[str, str] | None = None,
        refusals: tuple[type[BaseException], ...] = (),
        caller: Caller | None = None,
    ) -> Iterator[Noted]:
        """Context manager that emits one event for the operation within it: `ok`, `refused` when it
        raises one of `refusals`, `failed` when it raises anything else. Exceptions are passed on.
        `size`: bytes of data. `caller`: who asks the key service, and where. The object it gives
        takes what is found out within: the key's permanent id, the service's id of the request."""
        outcome, detail, is_known = OK, "", True
        noted = Noted(key_id)
        who = Caller("", "") if caller is None else caller
        try:
            yield noted
        except BaseException as error:
            outcome = REFUSED if isinstance(error, refusals) else FAILED
            detail = type(error).__name__
            if isinstance(error, BackendError):
                detail = f"{detail} {error.code}".rstrip()
                noted.request = noted.request or error.request
            is_known = not isinstance(error, UnknownKeyError)
            raise
        finally:
            self._emit(
                is_known,
                AuditEvent(
                    self._clock(),
                    operation,
                    noted.key_id[:_NAME_CHARACTERS],
                    outcome,
                    purpose,
                    size,
                    dict(context or {}),
                    detail,
                    who.principal,
                    who.region,
                    noted.request,
                ),
            )

    def emit(self, event: AuditEvent) -> None:
        """Give an event to logging and the sinks, and then any alert that it triggers."""
        self._emit(True, event)

    def _emit(self, is_known: bool, event: AuditEvent) -> None:
        self._give(event)
        key_id = event.key_id if is_known else ""
        for reason in self._crossed(event, key_id):
            self._give(
                AuditEvent(
                    event.time,
                    "alert",
                    key_id,
                    detail=reason,
                    principal=event.principal,
                    region=event.region,
                    request=event.request,
                )
            )

    def _give(self, event: AuditEvent) -> None:
        level = logging.INFO if event.outcome == OK else logging.WARNING
        self._logger.log(
            logging.ERROR if event.is_alert else level,
            "%s %s: key %r%s%s",
            event.operation,
            event.outcome,
            event.key_id,
            f", by {event.principal} in {event.region}" if event.principal else "",
            f", {event.detail}" if event.detail else "",
            extra={"audit_event": event},
        )
        for sink in self._sinks:
            try:
                sink(event)
            except Exception as error:
                self._logger.error("an audit sink failed: %s", type(error).__name__)

    def _crossed(self, event: AuditEvent, key_id: str) -> Iterable[str]:
        limits = self._thresholds
        watched = [("unusual volume", limits.operations)]
        if event.outcome != OK:
            watched.append(("repeated failures", limits.failures))
        now = event.time.timestamp()
        with self._lock:
            yield from self._of_caller(event, key_id, now)
            for reason, limit in watched:
                slot = (key_id, reason)
                times = self._times.pop(slot, None) or deque(maxlen=limit + 1)
                self._times[slot] = times  # at the end: the one not used for longest is first
                while len(self._times) > _MOST_KEYS:
                    self._alerted.pop(self._drop_first(), None)
                times.append(now)
                while times and times[0] <= now - limits.seconds:
                    times.popleft()
                if len(times) > limit and self._may_alert(slot, now):
                    yield f"{reason}: more than {limit} within {limits.seconds:g} s"
            if limits.times_usual is not None and self._is_unusual(key_id, now):
                yield f"unusual volume: over {limits.times_usual:g} times the usual"

    def _of_caller(self, event: AuditEvent, key_id: str, now: float) -> Iterable[str]:
        if self._expected is None or not (event.principal or event.region):
            return
        reason = self._expected.unexpected(event.principal, event.region)
        if reason is not None and self._may_alert((key_id, "caller"), now):
            yield f"unexpected caller: {reason}"

    def _may_alert(self, slot: tuple[str, str], now: float) -> bool:
        last = self._alerted.get(slot)
        if last is not None and last > now - self._thresholds.seconds:
            return False
        self._alerted[slot] = now
        return True

    def _is_unusual(self, key_id: str, now: float) -> bool:
        limits = self._thresholds
        assert limits.times_usual is not None
        known = self._baselines.pop(key_id, None) or Baseline(limits.seconds)
        self._baselines[key_id] = known
        if len(self._baselines) > _MOST_KEYS:
            first = next(iter(self._baselines))
            del self._baselines[first]
            self._alerted.pop((first, _UNUSUAL), None)
        count = known.add(now)
        return (
            known.windows >= limits.learned_from
            and count > max(_FEWEST_USES, limits.times_usual * known.mean)
            and self._may_alert((key_id, _UNUSUAL), now)
        )

    def _drop_first(self) -> tuple[str, str]:
        slot = next(iter(self._times))
        del self._times[slot]
        return slot
