"""`keyaudit keys init`, `generate`, `policy` and `alias`: a store, its keys, and their terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import click

from keyaudit.cli.keys import clock
from keyaudit.cli.keys.roots import is_to_be_made, opened_root
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.values import date
from keyaudit.cli.keys.view import key_data, version_data
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import KeyAlgorithm, KeyManager, KeyPolicy
from keyaudit.reports.terminal import count


@click.command(short_help="Make a store, and its root key.")
@over_store()
def init(session: Session) -> None:
    """Make an empty store, and the root key's file when there is none at --root.

    The passphrase of a new key file has 15 characters or more. Keep the file apart from the
    store, and a copy of it: without file and passphrase nothing in the store can be opened.
    """
    made = is_to_be_made(session.root)
    with opened_root(session.root, session.passphrase, make=True) as root:
        if made:
            session.say(f"made the root key {session.root}")
        try:
            with KeyManager.create(
                session.store, root, by=session.by, clock=clock.SOURCE, anchors=session.anchors
            ) as manager:
                last = manager.audit()[-1]
        except FileExistsError:
            if made:
                Path(session.root).unlink()  # it was for the new store, and has wrapped nothing
            raise KeyauditError("there is a store already", where=session.store) from None
    session.answer(
        {"store": session.store, "root": last.detail["root"], "root_made": made},
        f"made the store {session.store} under root key {last.detail['root']}",
    )


@click.command(short_help="Make a key.")
@click.argument("name")
@click.option("--cryptoperiod", type=click.FloatRange(0, 730, min_open=True), default=365,
              show_default=True, metavar="DAYS",
              help="How long a version protects new data (see `rotate --due`).")  # fmt: skip
@click.option("--approvals", type=click.IntRange(0), default=1, show_default=True, metavar="N",
              help="How many others must approve a destruction.")  # fmt: skip
@click.option("--retain-until", type=date, metavar="DATE",
              help="No version is destroyed before.")  # fmt: skip
@click.option("--inactive", is_flag=True, help="Do not use it before `activate`.")
@click.option("--algorithm", type=click.Choice([str(each) for each in KeyAlgorithm]),
              default=str(KeyAlgorithm.AES_256_GCM), show_default=True,
              help="What it is for: envelopes, lookups, MACs, signatures, agreement.")  # fmt: skip
@click.option("--when-over", type=click.Choice(["warn", "refuse", "rotate"]), default="warn",
              show_default=True,
              help="What a use for new data does once the cryptoperiod is over.")  # fmt: skip
@over_store()
def generate(
    session: Session, name: str, cryptoperiod: float, approvals: int,
    retain_until: datetime | None, inactive: bool, algorithm: str, when_over: str,
) -> None:  # fmt: skip
    """Make key NAME with version 1, which protects new data (or signs, or agrees on keys)."""
    policy = KeyPolicy(timedelta(days=cryptoperiod), approvals, retain_until, when_over)
    with session.manager() as manager:
        version = manager.create_key(
            name, by=session.by, policy=policy, activate=not inactive, algorithm=algorithm
        )
    kind = KeyAlgorithm(algorithm)
    does = "agrees on keys" if kind.agrees else "signs" if kind.signs else "protects new data"
    use = "is not in use yet: `keyaudit keys activate`" if inactive else does
    session.answer(version_data(version), f"made key {name}: version 1 {use}")


@click.command(short_help="Change how a key is managed.")
@click.argument("name")
@click.option("--cryptoperiod", type=click.FloatRange(0, 730, min_open=True), metavar="DAYS",
              help="How long a version protects new data.")  # fmt: skip
@click.option("--approvals", type=click.IntRange(0), metavar="N",
              help="How many others must approve a destruction.")  # fmt: skip
@click.option("--retain-until", type=date, metavar="DATE",
              help="No version is destroyed before.")  # fmt: skip
@click.option("--no-retention", is_flag=True, help="Nothing keeps its versions any longer.")
@click.option("--when-over", type=click.Choice(["warn", "refuse", "rotate"]),
              help="What a use for new data does once the cryptoperiod is over.")  # fmt: skip
@over_store(asks=True)
def policy(
    session: Session, name: str, cryptoperiod: float | None, approvals: int | None,
    retain_until: datetime | None, no_retention: bool, when_over: str | None,
) -> None:  # fmt: skip
    """Change the cryptoperiod, approvals or retention of key NAME. What is not given stays.

    What makes a destruction easier needs the approvals of the policy that stands, where that wants
    any: `request policy` asks for them.
    """
    with session.manager() as manager:
        name = manager.resolve(name)
        old = manager.policy(name)
        new = old
        if cryptoperiod is not None:
            new = replace(new, cryptoperiod=timedelta(days=cryptoperiod))
        if approvals is not None:
            new = replace(new, approvals=approvals)
        if retain_until is not None or no_retention:
            new = replace(new, retain_until=retain_until)
        if when_over is not None:
            new = replace(new, when_over=when_over)
        if new == old:
            raise KeyauditError("nothing to change was given", hint="see --help")
        if new.asks_less_than(old):
            session.ask(f"this makes it easier to destroy versions of {name}")
        manager.set_policy(name, new, by=session.by)
        data = key_data(manager, name)
    until = f", none before {data['retain_until']}" if data["retain_until"] else ""
    session.answer(
        data,
        f"{name}: rotated every {data['cryptoperiod_days']:g} days; destruction needs "
        f"{count(new.approvals, 'approval')}{until}",
    )


@click.command(short_help="Give a key a second name, or take it.")
@click.argument("alias")
@click.argument("name", required=False)
@click.option("--remove", is_flag=True, help="Remove the alias.")
@over_store()
def alias(session: Session, alias: str, name: str | None, remove: bool) -> None:
    """Let ALIAS lead to key NAME, or to another key than before; or remove it."""
    if remove == (name is not None):
        raise KeyauditError("give the key that the alias leads to, or --remove")
    with session.manager() as manager:
        if name is None:
            if manager.resolve(alias) == alias:
                raise KeyauditError(f"there is no alias {alias!r}")
            manager.remove_alias(alias, by=session.by)
        else:
            manager.set_alias(alias, name, by=session.by)
    text = f"removed alias {alias}" if name is None else f"alias {alias} leads to {name}"
    session.answer({"alias": alias, "key": name}, text)
