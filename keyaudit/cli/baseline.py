"""`keyaudit baseline`: record what is there today, so that only what is new counts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyaudit.cli.group import EXIT_INCOMPLETE
from keyaudit.cli.options import FILE, Choices, choices, run_scan, settings_for
from keyaudit.cli.output import put
from keyaudit.core.errors import KeyauditError
from keyaudit.reports.terminal import count

if TYPE_CHECKING:
    from keyaudit.core.report import Report
    from keyaudit.scanning.settings import Settings

DEFAULT_FILE = Path(".keyaudit-baseline.json")
_FILE_HELP = f"The baseline. Default: the configuration's, or {DEFAULT_FILE}."


@click.group(short_help="Record known findings.")
def baseline() -> None:
    """Record the findings of today, so that `keyaudit scan --baseline FILE` tells of new ones.

    A baseline holds fingerprints: no code and no secrets.
    """


@baseline.command(short_help="Record all findings.")
@choices
@click.option("--file", type=FILE, metavar="FILE", help=_FILE_HELP)
@click.option("--force", is_flag=True, help="Replace a baseline that is there already.")
@click.pass_context
def create(ctx: click.Context, choices: Choices, file: Path | None, force: bool) -> None:
    """Scan, and record every finding at or over the threshold in a new baseline."""
    from keyaudit.reports import check_target
    from keyaudit.scanning import baseline as baselines

    settings = settings_for(choices)
    target = _target(file, settings)
    check_target(target)
    if target.exists() and not force:
        raise KeyauditError(
            "exists already", where=str(target), hint="`keyaudit baseline update`, or --force"
        )
    report, _ = run_scan(choices, settings, use_baseline=False)
    baselines.create(report, target)
    _finish(ctx, report, target)


@baseline.command(short_help="Record again.")
@choices
@click.option("--file", type=FILE, metavar="FILE", help=_FILE_HELP)
@click.pass_context
def update(ctx: click.Context, choices: Choices, file: Path | None) -> None:
    """Scan, and bring a baseline up to date: what is mended leaves it, what is new enters."""
    from keyaudit.scanning import baseline as baselines

    settings = settings_for(choices)
    target = _target(file, settings)
    baselines.load(target)
    report, _ = run_scan(choices, settings, use_baseline=False)
    baselines.update(report, target)
    _finish(ctx, report, target)


def _target(file: Path | None, settings: Settings) -> Path:
    return file or settings.baseline or DEFAULT_FILE


def _finish(ctx: click.Context, report: Report, target: Path) -> None:
    """What a file that could not be analyzed holds is not in the baseline, and counts as new."""
    from keyaudit.scanning import baseline as baselines

    put(f"{count(len(baselines.load(target).entries), 'finding')} recorded in {target}\n")
    if not report.complete:
        put(
            "keyaudit: the scan is incomplete; `keyaudit scan` names what could not be analyzed\n",
            sys.stderr,
        )
        ctx.exit(EXIT_INCOMPLETE)
