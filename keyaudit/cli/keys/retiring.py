"""`keyaudit keys deactivate`, `compromise`, `archive`, `reactivate` and `end-reactivation`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from keyaudit.cli.keys import clock
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.values import VERSION, date, span
from keyaudit.cli.keys.view import moment, version_data
from keyaudit.core.errors import KeyauditError

_WHY = click.option("--why", required=True, help="The reason, for the log.")


@click.command(short_help="End a version's use for new data.")
@click.argument("name")
@click.argument("version", type=VERSION)
@_WHY
@over_store(asks=True)
def deactivate(session: Session, name: str, version: int, why: str) -> None:
    """End the active life of VERSION of key NAME without a successor: it opens old data only.
    There is no way back; `rotate` begins the key again."""
    with session.manager() as manager:
        name = manager.resolve(name)
        session.ask(f"version {version} of {name} will never protect new data again, and nothing "
                    "takes its place")  # fmt: skip
        done = manager.deactivate(name, version, by=session.by, why=why)
    session.answer(version_data(done), f"{name}: version {version} opens old data only")


@click.command(short_help="Mark a version as known to others.")
@click.argument("name")
@click.argument("version", type=VERSION)
@_WHY
@over_store(asks=True)
def compromise(session: Session, name: str, version: int, why: str) -> None:
    """Mark VERSION of key NAME as known to others: it protects nothing, and opens data only while
    reactivated. A primary version is replaced at once. There is no way back."""
    with session.manager() as manager:
        name = manager.resolve(name)
        session.ask(f"version {version} of {name} will count as known to others for ever; data "
                    "under it opens only while it is reactivated")  # fmt: skip
        done = manager.compromise(name, version, by=session.by, why=why)
    session.answer(
        version_data(done),
        f"{name}: version {version} is compromised; have its data encrypted anew: reactivate it, "
        "and run reencrypt",
    )


@click.command(short_help="Put a version away.")
@click.argument("name")
@click.argument("version", type=VERSION)
@_WHY
@over_store(asks=True)
def archive(session: Session, name: str, version: int, why: str) -> None:
    """Put VERSION of key NAME, which is out of use, away: from now on it opens data only while
    reactivated. Who, why and when stay with it."""
    with session.manager() as manager:
        name = manager.resolve(name)
        session.ask(f"data under version {version} of {name} will open only while the version is "
                    "reactivated")  # fmt: skip
        done = manager.archive(name, version, by=session.by, why=why)
    session.answer(version_data(done), f"{name}: version {version} is archived")


@click.command(short_help="Let an archived version open data for a time.")
@click.argument("name")
@click.argument("version", type=VERSION)
@click.option("--purpose", required=True, help="What for; goes to the log.")
@click.option("--for", "length", type=span, metavar="SPAN", help="How long: 30m, 2h, up to 7d.")
@click.option("--until", type=date, metavar="TIME", help="Until when: 2026-12-31T18:00.")
@over_store()
def reactivate(
    session: Session, name: str, version: int, purpose: str, length: timedelta | None,
    until: datetime | None,
) -> None:  # fmt: skip
    """Let VERSION of key NAME, archived or compromised, open old data until a deadline.

    It ends by itself: the deadline is in the store, and every use looks at it.
    `end-reactivation` ends it before.
    """
    if (length is None) == (until is None):
        raise KeyauditError("give its deadline: --for or --until")
    if until is not None:
        length = until - clock.now()
    assert length is not None
    with session.manager() as manager:
        done = manager.reactivate_until(
            manager.resolve(name), version, by=session.by, why=purpose, for_=length
        )
    session.answer(
        version_data(done),
        f"{done.key}: version {version} opens old data until {moment(done.reactivated_until)}",
    )


@click.command(short_help="End a reactivation before its deadline.")
@click.argument("name")
@click.argument("version", type=VERSION)
@over_store()
def end_reactivation(session: Session, name: str, version: int) -> None:
    """End the reactivation of VERSION of key NAME now."""
    with session.manager() as manager:
        done = manager.end_reactivation(manager.resolve(name), version, by=session.by)
    session.answer(version_data(done), f"{done.key}: version {version} opens nothing any more")
