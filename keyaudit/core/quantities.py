"""Numbers and durations in the notations that configuration and code use.

AWS counts days, Google writes `7776000s`, Azure ISO 8601 (`P90D`), Vault and cert-manager Go's
durations (`2160h`), others a number with a word (`90 days`, `30 min`).
"""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

_DAY = 86_400.0
_GO = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
       "d": _DAY, "w": 7 * _DAY, "y": 365 * _DAY}  # fmt: skip
_PART = regex(r"(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h|d|w|y)")
_PARTS = regex(rf"{_PART.pattern}(?:\s*{_PART.pattern})*")
_ISO = regex(
    r"P(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?"
)
_ISO_SECONDS = {"y": 365 * _DAY, "mo": 30 * _DAY, "w": 7 * _DAY, "d": _DAY, "h": 3600.0,
                "m": 60.0, "s": 1.0}  # fmt: skip
_WORD_SECONDS = {"second": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0,
                 "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY, "year": 365 * _DAY}  # fmt: skip
_WORDS = regex(rf"(?:rate\()?\s*(\d+)\s*({'|'.join(_WORD_SECONDS)})s?\)?", re.IGNORECASE)
_UNITS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": _DAY}
UNITS = frozenset({*_UNITS, "number"})


def quantity(value: object, unit: str | None) -> float | None:
    """The value as a number, or, for a duration, in days; None if it is neither.

    `unit` is what a bare number counts: `seconds`, `minutes`, `hours` or `days`. With `number` or
    None, the value must be a plain number and is returned as it is.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value) if unit in (None, "number") else value * _UNITS[unit] / _DAY
    text = str(value).strip().strip("\"'")
    if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,6})?", text):
        return quantity(float(text), unit)
    if unit in (None, "number"):
        return None
    seconds = _seconds(text)
    return None if seconds is None else seconds / _DAY


_NAME_WORDS = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAMED = {
    **_WORD_SECONDS,
    "ms": 1e-3,
    "millisecond": 1e-3,
    "milli": 1e-3,
    "msec": 1e-3,
    "hr": 3600.0,
}
_MOST_BARE = 10_000_000  # beyond, a number without a unit may as well be one of milliseconds


def quantity_named(value: object, name: str) -> float | None:
    """The value in days, where the name of a setting says what a bare number counts
    (`TOKEN_EXPIRE_MINUTES`); seconds where it says nothing, and None if that is not sure."""
    bare = quantity(value, None)
    if bare is None:
        return quantity(value, "seconds")
    words = [word.lower() for word in _NAME_WORDS.findall(name)]
    unit = next((_NAMED[known] for word in reversed(words)
                 for known in (word, word.rstrip("s")) if known in _NAMED), None)  # fmt: skip
    if unit is None and bare >= _MOST_BARE:
        return None
    return bare * (unit or 1.0) / _DAY


def _seconds(text: str) -> float | None:
    if _PARTS.fullmatch(text):
        return sum(float(number) * _GO[word] for number, word in _PART.findall(text))
    iso = _ISO.fullmatch(text.upper())
    if iso is not None and any(iso.groupdict().values()):
        given = iso.groupdict()
        return sum(float(given[k]) * size for k, size in _ISO_SECONDS.items() if given[k])
    words = _WORDS.fullmatch(text)
    if words is not None:
        return float(words[1]) * _WORD_SECONDS[words[2].lower()]
    return None


def shown(number: float) -> str:
    """A number for a message: `7`, `0.5`, `3,650`; at most two decimals."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.2f}".rstrip("0").rstrip(".")
