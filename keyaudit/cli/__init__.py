"""The `keyaudit` command: one module a subcommand, imported only when it is called."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

import click

from keyaudit import __version__
from keyaudit.cli.group import Commands
from keyaudit.cli.streams import open_missing

_SUBCOMMANDS = {
    "baseline": "keyaudit.cli.baseline:baseline",
    "explain": "keyaudit.cli.explain:explain",
    "fix": "keyaudit.cli.fix:fix",
    "history": "keyaudit.cli.history:history",
    "inventory": "keyaudit.cli.inventory:inventory",
    "keys": "keyaudit.cli.keys:keys",
    "rules": "keyaudit.cli.rules:rules",
    "scan": "keyaudit.cli.scan:scan",
    "suppress": "keyaudit.cli.suppress:suppress",
}


@click.group(
    cls=Commands,
    subcommands=_SUBCOMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="keyaudit", message="%(prog)s %(version)s")
def main() -> None:
    """Follows cryptographic keys through the seven stages of their life.

    Reads Python source, and secrets in any text; runs nothing of what it reads.

    \b
    Exit status:
      0  no finding at or over the threshold
      1  findings
      2  wrong use or configuration
      3  the scan is incomplete: something could not be read or analyzed
    """


def run() -> NoReturn:
    """The program: `main`, and an end at once.

    To take the interpreter apart object by object is a tenth of a short run. Not where keys were
    in memory: they are wiped at its orderly end.
    """
    status: int | str | None = 0
    open_missing()
    try:
        main()
    except SystemExit as end:
        status = end.code
    if "keyaudit.remediation" in sys.modules or isinstance(status, str):
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status or 0)
