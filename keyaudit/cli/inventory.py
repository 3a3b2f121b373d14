"""`keyaudit inventory`: the keys, secrets, certificates and algorithms of a project."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyaudit.cli.options import FILE, Choices, choices, load_catalogue, settings_for
from keyaudit.cli.output import check_output, put

if TYPE_CHECKING:
    from keyaudit.inventory.collect import Inventory

_FORMATS = ("table", "json", "cyclonedx-1.6", "cyclonedx-1.7")
_INCOMPLETE = 3


@click.command(short_help="List keys, secrets, certificates and algorithms.")
@choices
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table",
              help="Default: table.")  # fmt: skip
@click.option("--output", type=FILE, metavar="FILE", help="Write it there (-: stdout).")
@click.option(
    "--diff", "revision", metavar="REF", help="What was added and removed since a commit."
)
@click.pass_context
def inventory(
    ctx: click.Context, choices: Choices, form: str, output: Path | None, revision: str | None
) -> None:
    """List the keys, secrets, certificates, algorithms and protocols of a project.

    Each with the places where it is generated, distributed, stored, used, rotated, archived and
    destroyed, what a quantum computer means for it, and the findings on it. Code is followed,
    configuration resolved, and key material read; nothing is run, and no secret is shown.
    """
    from keyaudit.inventory.run import at_revision, of_request

    check_output(output)
    settings = settings_for(choices)
    catalogue = load_catalogue(settings, cached=not choices.no_cache)
    found = of_request(choices.paths or (Path(),), settings, catalogue)
    if revision is not None:
        from keyaudit.inventory.difference import difference, render

        before = at_revision(Path(found.root), revision, settings, catalogue)
        text = render(difference(before, found))
    else:
        text = _rendered(found, form)
    if output is None or str(output) == "-":
        put(text)
    else:
        from keyaudit.reports import write

        write(text, output)
        put(f"keyaudit: {len(found.assets)} assets; the inventory is in {output}\n", sys.stderr)
    crashed = any(skip.reason in ("crashed", "unreadable") for skip in found.skipped)
    ctx.exit(_INCOMPLETE if crashed else 0)


def _rendered(found: Inventory, form: str) -> str:
    if form == "json":
        from keyaudit.inventory import document

        return document.render(found)
    if form.startswith("cyclonedx-"):
        from keyaudit.inventory import bill

        return bill.render(found, form.removeprefix("cyclonedx-"))
    from keyaudit.inventory import table

    return table.render(found, shutil.get_terminal_size((80, 24)).columns)
