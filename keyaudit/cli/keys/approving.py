"""`keyaudit keys request`, `requests`, `approve` and `withdraw`: four eyes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from keyaudit.cli.group import Commands
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.values import VERSION, date
from keyaudit.cli.keys.view import moment, request_data
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import ApprovalRequest, approval_message

_HERE = "keyaudit.cli.keys.approving"
_WHY = click.option("--why", required=True, help="The reason, for who approves and for the log.")


@click.group(
    cls=Commands,
    subcommands={"destruction": f"{_HERE}:destruction", "policy": f"{_HERE}:policy"},
    short_help="Ask others to approve something.",
)
def request() -> None:
    """Ask for the approvals that a key's policy wants."""


@click.command(short_help="Ask to have a version destroyed.")
@click.argument("name")
@click.argument("version", type=VERSION)
@_WHY
@over_store()
def destruction(session: Session, name: str, version: int, why: str) -> None:
    """Ask for approval of the destruction of VERSION of key NAME. It takes the place of an earlier
    request for that version, whose approvals are gone with it."""
    with session.manager() as manager:
        asked = manager.request_destruction(manager.resolve(name), version, by=session.by, why=why)
    _tell(session, asked)


@click.command(short_help="Ask for a policy that makes destruction easier.")
@click.argument("name")
@click.option("--approvals", type=click.IntRange(0), metavar="N")
@click.option("--retain-until", type=date, metavar="DATE")
@click.option("--no-retention", is_flag=True)
@click.option("--cryptoperiod", type=click.FloatRange(0, 730, min_open=True), metavar="DAYS")
@_WHY
@over_store()
def policy(
    session: Session, name: str, approvals: int | None, retain_until: datetime | None,
    no_retention: bool, cryptoperiod: float | None, why: str,
) -> None:  # fmt: skip
    """Ask for approval of a policy of key NAME that needs fewer approvals, or retains for a shorter
    time, than the one that stands. Once approved, `policy` with the same options sets it."""
    with session.manager() as manager:
        name = manager.resolve(name)
        new = manager.policy(name)
        if approvals is not None:
            new = replace(new, approvals=approvals)
        if retain_until is not None or no_retention:
            new = replace(new, retain_until=retain_until)
        if cryptoperiod is not None:
            new = replace(new, cryptoperiod=timedelta(days=cryptoperiod))
        asked = manager.request_policy(name, new, by=session.by, why=why)
    _tell(session, asked)


@click.command(short_help="List what waits for approval.")
@click.argument("name", required=False)
@over_store(acts=False)
def requests(session: Session, name: str | None) -> None:
    """List the open requests of key NAME, or of all keys: what is asked for, and who said yes."""
    with session.manager() as manager:
        names = manager.names() if name is None else (manager.resolve(name),)
        found = [each for key in names for each in manager.requests(key)]
    session.answer(
        [request_data(each) for each in found],
        "\n".join(map(_line, found)) or "nothing waits for approval",
    )


@click.command(short_help="Approve a request.")
@click.argument("name")
@click.argument("id", metavar="[REQUEST]", required=False)
@click.option("--sign-with", type=click.Path(path_type=Path, exists=True), metavar="FILE",
              help="Your Ed25519 private key (PEM), where the policy names approvers.")  # fmt: skip
@over_store(asks=True)
def approve(session: Session, name: str, id: str | None, sign_with: Path | None) -> None:
    """Say yes to REQUEST of key NAME (its only one, when not given), and to nothing else. The yes
    of the one who asked, and of the one who carries it out, does not count; `withdraw` takes it
    back."""
    with session.manager() as manager:
        name = manager.resolve(name)
        asked = _only(manager.requests(name), name) if id is None else manager.request(name, id)
        signature = None if sign_with is None else _signature(sign_with, asked)
        session.ask(f"{session.by} approves: {_words(asked)}")
        manager.approve(name, asked.id, by=session.by, signature=signature)
        asked = manager.request(name, asked.id)
    session.answer(
        request_data(asked), f"{name}: {_what(asked)} is approved by {', '.join(asked.approved_by)}"
    )


@click.command(short_help="Take an approval or a request back.")
@click.argument("name")
@click.argument("id", metavar="REQUEST")
@over_store()
def withdraw(session: Session, name: str, id: str) -> None:
    """Take your approval of REQUEST of key NAME back; or, when you asked for it, the request."""
    with session.manager() as manager:
        name = manager.resolve(name)
        manager.withdraw(name, id, by=session.by)
    session.answer({"key": name, "request": id}, f"{name}: {session.by} takes back {id}")


def _tell(session: Session, asked: ApprovalRequest) -> None:
    session.answer(
        request_data(asked),
        f"{asked.key}: {_what(asked)} waits for approval until {moment(asked.lapses)}",
    )


def _only(found: tuple[ApprovalRequest, ...], name: str) -> ApprovalRequest:
    if len(found) != 1:
        raise KeyauditError(f"key {name!r} has {len(found)} open requests",
                            hint="`requests` lists them, to name one")  # fmt: skip
    return found[0]


def _what(asked: ApprovalRequest) -> str:
    if asked.number is None:
        return f"another policy of {asked.key}"
    return f"the destruction of version {asked.number}"


def _words(asked: ApprovalRequest) -> str:
    return f"{_what(asked)}, asked for by {asked.requested_by}: {asked.why}"


def _line(asked: ApprovalRequest) -> str:
    yes = f"; approved by {', '.join(asked.approved_by)}" if asked.approved_by else ""
    return f"{asked.key} {asked.id}: {_words(asked)}{yes}"


def _signature(file: Path, asked: ApprovalRequest) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key: Any = load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyauditError("is no Ed25519 private key in PEM, without passphrase", where=str(file))
    return key.sign(approval_message(asked))
