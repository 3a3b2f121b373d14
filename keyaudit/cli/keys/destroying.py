"""`keyaudit keys schedule-destruction`, `cancel` and `destroy`: the end of a version."""

from __future__ import annotations

import os
from pathlib import Path

import click

from keyaudit.cli.keys import envelopes as data
from keyaudit.cli.keys.certificates import deliver
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.values import VERSION
from keyaudit.cli.keys.view import moment, version_data
from keyaudit.core.errors import KeyauditError


@click.command("scan", short_help="Look for data under a version.")
@click.argument("name")
@click.argument("version", type=VERSION)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True),
                metavar="PATH...")  # fmt: skip
@over_store(acts=False)
def scan(session: Session, name: str, version: int, paths: tuple[Path, ...]) -> None:
    """Look in PATH for envelopes under VERSION of key NAME, as `destroy` does: at any offset of a
    file, in base64 and hex, in archives and in SQLite databases. Exits with 1 when there are some,
    or when something could not be looked through."""
    with session.manager() as manager:
        found = manager.scan(manager.resolve(name), version, paths)
    lines = [data.scan_line(found), *(f"  not readable: {each}" for each in found.unread)]
    session.answer(data.scan_data(found), "\n".join(lines))
    if found.under or found.unread:
        raise click.exceptions.Exit(1)


@click.command("schedule-destruction", short_help="Have a version destroyed after a wait.")
@click.argument("name")
@click.argument("version", type=VERSION)
@click.option("--days", type=int, default=30, show_default=True, help="The wait, 7 to 30 days.")
@click.option("--why", required=True, help="The reason, for the log and the certificate.")
@data.named
@over_store(asks=True)
def schedule(
    session: Session, name: str, version: int, days: int, why: str,
    envelopes: tuple[Path, ...], no_envelopes: bool, ignore_other: bool,
) -> None:  # fmt: skip
    """Have VERSION of key NAME destroyed after a wait. From now on it opens nothing, so that what
    still needs it is noticed while `cancel` can bring it back.

    Refused while something needs it: data that was not moved, an unfinished re-encryption,
    aliases of the key's last version, its retention, missing approvals of `request destruction`, a
    reactivation; and while something given could not be looked through.
    """
    places = data.given(envelopes, no_envelopes)
    with session.manager() as manager:
        name = manager.resolve(name)
        session.ask(f"version {version} of {name} will open nothing from now on, and can be "
                    f"destroyed in {days} days")  # fmt: skip
        done = manager.schedule_destruction(
            name,
            version,
            by=session.by,
            why=why,
            days=days,
            envelopes=places,
            ignore_other=ignore_other,
        )
    session.answer(
        version_data(done),
        f"{name}: version {version} can be destroyed from {moment(done.destroy_at)} on; until "
        "then, `keyaudit keys cancel` brings it back",
    )


@click.command(short_help="Take a scheduled destruction back.")
@click.argument("name")
@click.argument("version", type=VERSION)
@over_store()
def cancel(session: Session, name: str, version: int) -> None:
    """Take the scheduled destruction of VERSION of key NAME back, and its request and
    approvals with it."""
    with session.manager() as manager:
        done = manager.cancel_destruction(manager.resolve(name), version, by=session.by)
    session.answer(version_data(done), f"{done.key}: version {version} is kept")


@click.command(short_help="Destroy a version whose wait is over.")
@click.argument("name")
@click.argument("version", type=VERSION)
@click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE",
              help="Where its certificate goes. Default: NAME-VERSION.destroyed.json")  # fmt: skip
@data.named
@over_store(asks=True)
def destroy(
    session: Session, name: str, version: int, certificate: Path | None,
    envelopes: tuple[Path, ...], no_envelopes: bool, ignore_other: bool,
) -> None:  # fmt: skip
    """Destroy VERSION of key NAME, whose scheduled wait is over, and write its certificate.

    What schedule-destruction looks for is looked for again. There is no way back.
    """
    places = data.given(envelopes, no_envelopes)
    with session.manager() as manager:
        name = manager.resolve(name)
        file = certificate or Path(f"{name}-{version}.destroyed.json")
        if file.exists() or not os.access(file.parent, os.W_OK):
            fault = "exists already" if file.exists() else "cannot be written"
            raise KeyauditError(fault, where=str(file), hint="see --certificate")
        usage = manager.usage(name, version)
        if usage.last_refused is not None:
            session.say(
                f"version {version} of {name} was asked to open data {usage.refused:,} times while "
                f"it was not to, last on {moment(usage.last_refused)}: something may need it still"
            )
        session.ask(f"version {version} of {name} will be gone for ever, and with it all data "
                    "that is still encrypted under it")  # fmt: skip
        text = manager.destroy(
            name, version, by=session.by, envelopes=places, ignore_other=ignore_other
        )
        public = manager.certificate_key.hex()
    deliver(session, file, text, public, f"{name}: version {version} is destroyed")
