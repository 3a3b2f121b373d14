"""Lengths of time: `timedelta(days=90)`, and the day that lies so long after now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

from keyaudit.code import syntax as s
from keyaudit.code.provenance.origin import NO_VALUE, Frame, Origin
from keyaudit.code.semantics.scopes import Scope

if TYPE_CHECKING:
    from keyaudit.code.provenance.resolver import Resolver

# Days of what `relativedelta` counts in, and `timedelta`.
_UNITS = {"years": 365.0, "months": 30.0, "weeks": 7.0, "days": 1.0, "hours": 1 / 24,
          "minutes": 1 / 1440, "seconds": 1 / 86400}  # fmt: skip
_MAX_DAYS = 1_000_000
# What gives the time as a number of seconds.
_IN_SECONDS = frozenset({"time.time", "time.monotonic", "datetime.datetime.timestamp"})
_MOST = 8  # lengths that one call may have: a default, and what callers pass


def of_call(resolver: Resolver, call: s.Call, scope: Scope, frame: Frame | None) -> list[Origin]:
    """The lengths of time that `timedelta(days=90)` or `relativedelta(years=1)` may make: several
    where a parameter has a default and callers pass other numbers. Each remembers where its numbers
    came from. None where a number is not known."""
    counts: list[list[tuple[float, Origin]]] = []
    for number, arg in enumerate(call.args):
        unit = _UNITS.get(arg.name or ("days", "seconds")[min(number, 1)])
        known = [] if unit is None or arg.star else _counts(resolver, arg.value, scope, frame)
        if unit is None or not known:
            return []
        counts.append([(count * unit, origin) for count, origin in known])
    ways = list(product(*counts))
    if not counts or len(ways) > _MOST:
        return []
    found: list[Origin] = []
    for way in ways:
        days = sum(part for part, _ in way)
        if abs(days) > _MAX_DAYS:
            continue
        made = resolver.literal(call, scope, timedelta(days=days))
        parts = [origin for _, origin in way]
        if len(ways) > 1:
            made = _from(made, parts)
        found.append(replace(made, names=_names(made, parts)))
    return found


def _counts(
    resolver: Resolver, expr: s.Expr, scope: Scope, frame: Frame | None
) -> list[tuple[float, Origin]]:
    """The numbers that an argument may be, each with where it came from; each number once."""
    found: dict[float, Origin] = {}
    for origin in resolver.origins(expr, scope, frame):
        if isinstance(origin.value, int | float) and not isinstance(origin.value, bool):
            found.setdefault(origin.value, origin)
    return list(found.items())


def _from(made: Origin, parts: list[Origin]) -> Origin:
    """The length of time `made`, traced back to the one of its numbers that came the longest way:
    of a default beside a number that a caller passes, that is what the caller passes."""
    longest = max(parts, key=lambda part: len(part.trace))
    return replace(
        made,
        node=longest.node,
        module=longest.module,
        trace=longest.trace,
        calls=frozenset().union(*(part.calls for part in parts)),
        via=frozenset().union(*(part.via for part in parts)),
        names=_names(made, parts),
    )


def _names(made: Origin, parts: list[Origin]) -> frozenset[str]:
    """The variables that a length of time or one of its numbers was held in."""
    return made.names.union(*(part.names for part in parts))


def _length(origin: Origin, sides: list[tuple[Origin, ...]]) -> timedelta | None:
    """How long a part of a sum is: a length of time, or seconds beside what `time.time()` gives."""
    if isinstance(origin.value, timedelta):
        return origin.value
    if not isinstance(origin.value, int | float) or isinstance(origin.value, bool):
        return None
    in_seconds = any(
        o.kind == "clock" and o.source in _IN_SECONDS and "join" not in o.via
        for side in sides for o in side
    )  # fmt: skip
    if not in_seconds or abs(origin.value) > _MAX_DAYS * 86400:
        return None
    return timedelta(seconds=origin.value)


def later(sides: list[tuple[Origin, ...]], made: tuple[Origin, ...]) -> tuple[Origin, ...]:
    """`now() + timedelta(days=90)`: what was put together, with how much later than now it is;
    without a value where that is not known."""
    sums: list[tuple[timedelta, tuple[Origin, ...]]] = [(timedelta(), ())]
    for side in sides:
        known = [(length, o) for o in side if (length := _length(o, sides)) is not None]
        if not known and not all(o.kind == "clock" for o in side):
            sums = []
        elif known:
            sums = [(total + length, (*used, o)) for total, used in sums for length, o in known]
            sums = sums[:_MOST]
    if len(sums) == 1:
        total, used = sums[0]
        return tuple(
            replace(o, value=total, length=None, names=_names(o, list(used)))
            if o.kind == "clock" else o
            for o in made
        )  # fmt: skip
    found: list[Origin] = []
    for origin in made:
        if origin.kind != "clock":
            found.append(origin)
        elif not sums:
            found.append(origin.with_value(NO_VALUE, None))
        else:
            found += [_from(origin.with_value(total, None), [origin, *used])
                      for total, used in sums]  # fmt: skip
    return tuple(found)
