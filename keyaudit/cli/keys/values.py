"""Dates and spans of time on the command line."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from keyaudit.core.patterns import regex

_SPAN = regex(r"(\d{1,6})\s*(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
VERSION = click.IntRange(1)


def date(text: str) -> datetime:
    """2026-12-31 or 2026-12-31T18:00, in local time unless it says another (Z, +02:00).
    Raises BadParameter."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{text!r} is no date such as 2026-12-31 or 2026-12-31T18:00Z"
        ) from None


def span(text: str) -> timedelta:
    """30m, 2h or 7d. Raises BadParameter."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r} is no span of time such as 30m, 2h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
