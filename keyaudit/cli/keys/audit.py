"""`keyaudit keys audit`: the log of everything that was done to a store's keys."""

from __future__ import annotations

import json
from typing import Any

import click

from keyaudit.cli.group import Commands
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.view import moment
from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import AuditRecord
from keyaudit.reports.terminal import count, printable

_HERE = "keyaudit.cli.keys.audit"


@click.group(
    cls=Commands,
    subcommands={"list": f"{_HERE}:list_records", "verify": f"{_HERE}:verify"},
    short_help="Verify the audit log, or list it.",
)
def audit() -> None:
    """The append-only log of everything that was done to the store's keys."""


@click.command(short_help="Verify that the log is whole.")
@click.option("--anchor", metavar="N:HASH", help="A record that an earlier run gave.")
@over_store(acts=False)
def verify(session: Session, anchor: str | None) -> None:
    """Verify the hash chain of the audit log, and that every key, version, policy and approval is
    as the log says it was written last; say where it breaks. Exits with 1 when it does.

    That the whole store was put back to an older state shows only against an anchor. The command
    keeps one by itself for every store (see --anchors); give --anchor for one noted elsewhere.
    """
    known = None if anchor is None else _anchor(anchor)
    with session.manager() as manager:
        records = manager.audit(known)
    last = records[-1]
    end = f"{last.sequence}:{last.hash.hex()}"
    against = "" if known is None else f", and holds record {known[0]} as noted"
    session.answer(
        {"whole": True, "records": len(records), "anchor": end},
        f"the audit log is whole: {count(len(records), 'record')}{against}\nanchor: {end}",
    )


@click.command("list", short_help="List the log.")
@click.option("--key", metavar="NAME", help="Only what concerns one key.")
@over_store(acts=False)
def list_records(session: Session, key: str | None) -> None:
    """List the audit log, oldest first, after verifying it."""
    with session.manager() as manager:
        records = [each for each in manager.audit() if key is None or each.key == key]
    session.answer([_data(each) for each in records], "\n".join(map(_line, records)))


def _anchor(text: str) -> tuple[int, bytes]:
    number, _, digest = text.partition(":")
    try:
        return int(number), bytes.fromhex(digest)
    except ValueError:
        raise KeyauditError(
            f"{text!r} is no anchor", where="--anchor", hint="`audit verify` prints one"
        ) from None


def _data(record: AuditRecord) -> dict[str, Any]:
    return {
        "sequence": record.sequence,
        "time": moment(record.time),
        "actor": record.actor,
        "action": record.action,
        "key": record.key or None,
        "version": record.number,
        "detail": dict(record.detail),
        "hash": record.hash.hex(),
    }


def _line(record: AuditRecord) -> str:
    what = " ".join(str(each) for each in (record.key, record.number) if each)
    detail = json.dumps(dict(record.detail), sort_keys=True) if record.detail else ""
    words = (str(record.sequence), moment(record.time), record.actor, record.action, what, detail)
    # Each for itself: a line end within one would begin a record that is none.
    return "  ".join(printable(word) for word in words if word)
