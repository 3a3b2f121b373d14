"""Tells a secret's history in a repository in one sentence."""

from __future__ import annotations

from keyaudit.core.finding import History
from keyaudit.reports.paths import path_name

_NAMED = 3


def life(known: History) -> str:
    """When the secret was added and removed, how many days it was exposed, and in which files."""
    if known.is_message:
        return _said(known)
    if known.commit is None:
        parts = ["no commit that was looked at brought it in"]
    else:
        parts = [f"it came in with {known.commit[:12]} by {known.author} on {day(known.date)}"]
    if known.in_head:
        parts.append("is still in HEAD")
    elif known.removed_commit is not None:
        parts.append(f"left with {known.removed_commit[:12]} on {day(known.removed_date)}")
    else:
        parts.append("still stands at the end of a branch, tag or pull request, not in HEAD")
    if known.rotated:
        after = known.rotated_days
        days = "" if after is None else f" after {after:,} day{'s' * (after != 1)}"
        parts.append(f"was replaced by a new value{days}")
    if known.exposed_days is not None:
        parts.append(f"exposed for {known.exposed_days:,} day{'s' * (known.exposed_days != 1)}")
    text = ", ".join(parts)
    if known.paths:
        names = ", ".join(path_name(path) for path in known.paths[:_NAMED])
        more = len(known.paths) - _NAMED
        text += f"; in {names}" + (f" and {more:,} more" if more > 0 else "")
    return text


def _said(known: History) -> str:
    """Of a secret that stands in no file: who said it, and that it stays."""
    by = ""
    if known.commit is not None:
        by = f"said in {known.commit[:12]} by {known.author} on {day(known.date)}; "
    more = len(known.paths) - 1
    also = f"; so do {more:,} more" if more > 0 else ""
    return f"{by}it goes with every clone until the history is rewritten{also}"


def day(date: str | None) -> str:
    """The date of a time in ISO 8601: its first ten characters; `an unknown day` for None."""
    return "an unknown day" if date is None else date[:10]
