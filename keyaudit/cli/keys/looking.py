"""`keyaudit keys list` and `show`: what a store holds."""

from __future__ import annotations

from typing import Any

import click

from keyaudit.cli.keys import clock
from keyaudit.cli.keys.session import Session, over_store
from keyaudit.cli.keys.view import key_data, moment, version_line
from keyaudit.remediation import KeyAlgorithm
from keyaudit.reports.terminal import count


@click.command("list", short_help="List the keys of a store.")
@over_store(acts=False)
def list_keys(session: Session) -> None:
    """List the keys of a store: their primary version, and when its rotation is due."""
    now = moment(clock.now()) or ""
    with session.manager() as manager:
        entries = [key_data(manager, name) for name in manager.names()]
    rows = [
        ("KEY", "PRIMARY", "STATE", "ROTATION DUE", "VERSIONS"),
        *(_row(e, now) for e in entries),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = "\n".join(
        "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    session.answer(entries, table if entries else "the store holds no keys")


@click.command(short_help="Show a key and all its versions.")
@click.argument("name")
@over_store(acts=False)
def show(session: Session, name: str) -> None:
    """Show key NAME (or what an alias leads to) with its policy and all its versions."""
    with session.manager() as manager:
        name = manager.resolve(name)
        data = key_data(manager, name)
        lines = [_request_line(each) for each in data["requests"]]
        lines += [
            version_line(version, manager.usage(name, version.number), clock.now())
            for version in manager.versions(name)
        ]
    session.answer(data, "\n".join([*_head(data), *lines]))


def _request_line(asked: dict[str, Any]) -> str:
    what = "another policy" if asked["version"] is None else f"destroy version {asked['version']}"
    yes = f", approved by {', '.join(asked['approved_by'])}" if asked["approved_by"] else ""
    return f"request {asked['request']} by {asked['requested_by']}: {what}{yes}"


def _row(entry: dict[str, Any], now: str) -> tuple[str, ...]:
    primary = next((each for each in entry["versions"] if each["primary"]), None)
    due = entry["rotation_due"]
    return (
        entry["key"],
        "-" if primary is None else str(primary["version"]),
        "-" if primary is None else primary["state"],
        "-" if due is None else f"{due[:10]}{' (overdue)' if due <= now else ''}",
        str(len(entry["versions"])),
    )


def _head(data: dict[str, Any]) -> list[str]:
    lines = [data["key"]]
    if data["algorithm"] != KeyAlgorithm.AES_256_GCM:
        lines.append(f"for {data['algorithm']}")
    if data["aliases"]:
        lines.append(f"aliases: {', '.join(data['aliases'])}")
    period = f"rotated every {data['cryptoperiod_days']:g} days"
    lines.append(
        f"{period}, next on {data['rotation_due'][:10]}" if data["rotation_due"] else period
    )
    needed = f"destruction needs {count(data['approvals_needed'], 'approval')}"
    until = data["retain_until"]
    lines.append(f"{needed}, and not before {until}" if until else needed)
    for job in data["reencryptions"]:
        end = f"finished {job['finished']}" if job["finished"] else "not finished"
        lines.append(
            f"re-encryption {job['job']} to version {job['target']}: {end}, {job['moved']} moved, "
            f"{job['skipped']} passed over, {job['failed']} failed"
        )
    return lines
