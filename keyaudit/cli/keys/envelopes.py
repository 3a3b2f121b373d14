"""The envelopes in files, of which only the headers are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from keyaudit.core.errors import KeyauditError

_HEADER_BYTES = 1 << 18
"""More than the longest header has (see `wrapping/envelope_format.py`)."""


def named(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say where data encrypted under a version may be."""
    for option in (
        click.option("--no-envelopes", is_flag=True,
                     help="Say that you know of no data under it (databases and backups too)."),
        click.option("--envelopes", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
                     help="Files and folders that may hold data under it."),
    ):  # fmt: skip
        command = option(command)
    return command


def check(paths: tuple[Path, ...], none: bool) -> None:
    """Raises KeyauditError unless it is said where data may be, or that there is none."""
    if bool(paths) == none:
        raise KeyauditError(
            "say where data encrypted under it may be",
            hint="--envelopes PATH (files or folders), or --no-envelopes when you know of none",
        )
    for path in paths:
        if not path.exists():
            raise KeyauditError("is not there", where=str(path))


def heads(paths: tuple[Path, ...]) -> Iterator[bytes]:
    """The beginning of every file of `files_in`. Raises OSError for what cannot be read."""
    return (head(file) for file in files_in(paths))


def files_in(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Every file named, or in a folder named. Links in a folder are not followed. Raises OSError
    for a folder that cannot be read."""
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path, onerror=_raise):
                folders.sort()
                for name in sorted(names):
                    file = Path(folder, name)
                    if file.is_file() and not file.is_symlink():
                        yield file
        else:
            yield path


def head(file: Path) -> bytes:
    """The beginning of a file, which holds any envelope's header."""
    with file.open("rb") as stream:
        return stream.read(_HEADER_BYTES)


def _raise(error: OSError) -> None:
    raise error
