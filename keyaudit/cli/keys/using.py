"""`keyaudit keys activate`, `suspend` and `rotate`: which version protects new data."""

from __future__ import annotations

import click

from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.values import VERSION
from keyaudit.cli.keys.view import version_data
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import KeyAlgorithm, KeyManager, KeyVersion


@click.command(short_help="Replace a key's primary version.")
@click.argument("name", required=False)
@click.option("--due", is_flag=True, help="Every key whose cryptoperiod is over; for a timer.")
@click.option("--why", default="on demand", show_default=True, help="The reason, for the log.")
@over_store()
def rotate(session: Session, name: str | None, due: bool, why: str) -> None:
    """Make a new version of key NAME, which protects new data from now on.

    The old one opens old data until that is moved (`reencrypt`), and nothing else; one for key
    agreement still agrees until `deactivate`.
    --due also notes in the audit log which reactivations are past their deadline.
    """
    if due == (name is not None):
        raise KeyauditError("give the key to rotate, or --due")
    with session.manager() as manager:
        made: tuple[KeyVersion, ...]
        if name is None:
            made = manager.rotate_due(by=session.by)
            manager.end_overdue(by=session.by)
        else:
            made = (manager.rotate(manager.resolve(name), by=session.by, why=why),)
        lines = [f"{each.key}: version {each.number} {_rotated(manager, each)}" for each in made]
    session.answer([version_data(version) for version in made],
                   "\n".join(lines) or "no rotation is due")  # fmt: skip


def _rotated(manager: KeyManager, version: KeyVersion) -> str:
    if KeyAlgorithm(manager.algorithm(version.key)).agrees:
        return "is the primary one; older ones agree on keys until they are deactivated"
    return "protects new data; older ones open old data only"


@click.command(short_help="Take a version into use.")
@click.argument("name")
@click.argument("version", type=VERSION)
@over_store()
def activate(session: Session, name: str, version: int) -> None:
    """Take VERSION of key NAME into use, or back into use when it was suspended."""
    with session.manager() as manager:
        done = manager.activate(manager.resolve(name), version, by=session.by)
    use = "protects new data" if done.is_primary else "is active, and not the primary one"
    session.answer(version_data(done), f"{done.key}: version {version} {use}")


@click.command(short_help="Set a version aside for a while.")
@click.argument("name")
@click.argument("version", type=VERSION)
@click.option("--why", required=True, help="The reason, for the log.")
@over_store(asks=True)
def suspend(session: Session, name: str, version: int, why: str) -> None:
    """Set VERSION of key NAME aside while something is looked into: until `activate`, it protects
    nothing and opens nothing."""
    with session.manager() as manager:
        name = manager.resolve(name)
        session.ask(f"version {version} of {name} will neither protect nor open data until it is "
                    "activated again")  # fmt: skip
        done = manager.suspend(name, version, by=session.by, why=why)
    session.answer(version_data(done), f"{name}: version {version} is suspended")
