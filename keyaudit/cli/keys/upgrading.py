"""`keyaudit keys upgrade` and `accept-clock`: a store of an older version, brought to this one's; a
store whose clock had run ahead."""

from __future__ import annotations

import click

from keyaudit.cli.keys import clock
from keyaudit.cli.keys.roots import opened_root
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.remediation import upgrade_store
from keyaudit.reports.terminal import count


@click.command(short_help="Bring an older store up to date.")
@over_store(asks=True)
def upgrade(session: Session) -> None:
    """Bring a store that an older release made to this release's version, all or nothing.

    Envelopes, the audit log with its anchors, and certificates stay good. Rows that are not what
    the log tells are refused. Make a copy of the store first, and end what uses it; older releases
    do not open it any more. In PostgreSQL, grant the rights on its tables again.
    """
    session.ask(f"the store {session.store} will be written anew, and older releases will not open "
                "it any more")  # fmt: skip
    with opened_root(session.root, session.passphrase) as root:
        versions = upgrade_store(session.store, root, by=session.by, clock=clock.SOURCE)
    with session.manager() as manager:
        records = len(manager.audit())
    session.answer(
        {"store": session.store, "versions": versions, "records": records},
        f"{session.store} is up to date: {count(versions, 'version')} of keys, every row sealed",
    )


@click.command("accept-clock", short_help="Go on after the clock had run far ahead.")
@click.option("--why", required=True, help="The reason, for the log.")
@over_store(asks=True)
def accept_clock(session: Session, why: str) -> None:
    """Let the store go on when its last record is of a time that is still to come, since the clock
    had run ahead. Reactivations, and requests for approval made in that time, are ended. Make sure
    first that the clock is right."""
    session.ask("the clock's time will count from now on; all reactivations end")
    with session.manager() as manager:
        manager.accept_clock(by=session.by, why=why)
        last = manager.audit()[-1]
    session.answer(
        {"time": last.time.isoformat(), "ended": last.detail["ended"]},
        f"{session.store} goes by the clock again: {last.time.isoformat(timespec='seconds')}",
    )
