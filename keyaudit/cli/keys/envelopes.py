"""Where data encrypted under a version may be, as the command is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from keyaudit.core.errors import KeyauditError
from keyaudit.remediation import EnvelopeScan, NoEnvelopes
from keyaudit.remediation.destruction.find_envelopes import files_in
from keyaudit.reports.terminal import count

_HEADER_BYTES = 1 << 18
"""More than the longest header has (see `wrapping/envelope_format.py`)."""


def named(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say where data encrypted under a version may be."""
    for option in (
        click.option("--ignore-other", is_flag=True,
                     help="Pass over what holds no envelope; without it, such a file is an error."),
        click.option("--no-envelopes", is_flag=True,
                     help="Say that you know of no data under it (databases and backups too)."),
        click.option("--envelopes", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
                     help="Files and folders that may hold data under it: envelopes, dumps, "
                          "archives, SQLite databases."),
    ):  # fmt: skip
        command = option(command)
    return command


def given(paths: tuple[Path, ...], none: bool) -> Iterable[Path] | NoEnvelopes:
    """What is to be looked through. Raises KeyauditError unless it is said where data may be, or
    that there is none."""
    if bool(paths) == none:
        raise KeyauditError(
            "say where data encrypted under it may be",
            hint="--envelopes PATH (files or folders), or --no-envelopes when you know of none",
        )
    for path in paths:
        if not path.exists():
            raise KeyauditError("is not there", where=str(path))
    return NoEnvelopes() if none else paths


def scan_data(scan: EnvelopeScan) -> dict[str, Any]:
    """What was looked through, as JSON values."""
    return dataclasses.asdict(scan)


def scan_line(scan: EnvelopeScan) -> str:
    """The same in one line."""
    return (
        f"looked at {count(scan.places, 'file')} and {count(scan.rows, 'row')} in them: "
        f"{count(scan.envelopes, 'envelope')}, {scan.under:,} under this version; "
        f"{count(len(scan.other), 'file')} without an envelope, {len(scan.unread):,} not readable"
    )


def all_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Every file named, or in a folder named. Links in a folder are not followed. Raises OSError
    for a folder that cannot be read."""
    for path in paths:
        yield from files_in(path)


def head(file: Path) -> bytes:
    """The beginning of a file, which holds the header of an envelope that is a whole file."""
    with file.open("rb") as stream:
        return stream.read(_HEADER_BYTES)
