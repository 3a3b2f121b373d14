"""`keyaudit baseline`: record what is there today, so that only what is new counts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyaudit.cli.group import EXIT_INCOMPLETE
from keyaudit.cli.options import FILE, Choices, choices, load_catalogue, run_scan, settings_for
from keyaudit.cli.output import put
from keyaudit.core.errors import KeyauditError
from keyaudit.reports.terminal import count, path_text

if TYPE_CHECKING:
    from keyaudit.core.report import Report
    from keyaudit.scanning.settings import Settings

DEFAULT_FILE = Path(".keyaudit-baseline.json")
_FILE_HELP = f"The baseline. Default: the configuration's, or {DEFAULT_FILE}."

_HISTORY_HELP = "Of what `keyaudit history` finds, for its --baseline."


@click.group(short_help="Record known findings.")
def baseline() -> None:
    """Record the findings of today, so that `keyaudit scan --baseline FILE` tells of new ones.

    A baseline holds fingerprints: no code and no secrets.
    """


@baseline.command(short_help="Record all findings.")
@choices
@click.option("--file", type=FILE, metavar="FILE", help=_FILE_HELP)
@click.option("--history", is_flag=True, help=_HISTORY_HELP)
@click.option("--force", is_flag=True, help="Replace a baseline that is there already.")
@click.pass_context
def create(
    ctx: click.Context, choices: Choices, file: Path | None, force: bool, history: bool
) -> None:
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
    report = _report_on(choices, settings, history)
    baselines.create(report, target)
    _finish(ctx, report, target)


@baseline.command(short_help="Record again.")
@choices
@click.option("--file", type=FILE, metavar="FILE", help=_FILE_HELP)
@click.option("--history", is_flag=True, help=_HISTORY_HELP)
@click.pass_context
def update(ctx: click.Context, choices: Choices, file: Path | None, history: bool) -> None:
    """Scan, and bring a baseline up to date: what is mended leaves it, what is new enters."""
    from keyaudit.scanning import baseline as baselines

    settings = settings_for(choices)
    target = _target(file, settings)
    baselines.load(target)
    report = _report_on(choices, settings, history)
    baselines.update(report, target)
    _finish(ctx, report, target)


@baseline.command(short_help="Take out what is gone.")
@choices
@click.option("--file", type=FILE, metavar="FILE", help=_FILE_HELP)
@click.pass_context
def prune(ctx: click.Context, choices: Choices, file: Path | None) -> None:
    """Scan, and take the entries that match nothing any more out of a baseline; add none."""
    from keyaudit.scanning import baseline as baselines

    settings = settings_for(choices)
    target = _target(file, settings)
    baselines.load(target)
    report, _ = run_scan(choices, settings, use_baseline=False)
    gone = baselines.prune(report, target)
    put(f"{_entries(gone)} taken out of {target}\n")
    _say_incomplete(ctx, report)


@baseline.command("import", short_help="Take over another tool's baseline.")
@click.argument("foreign", type=FILE, metavar="BASELINE")
@choices
@click.option("--file", type=FILE, metavar="FILE", help=_FILE_HELP)
@click.pass_context
def import_(ctx: click.Context, foreign: Path, choices: Choices, file: Path | None) -> None:
    """Scan, and record the findings that BASELINE knows: detect-secrets', gitleaks' or bandit's.

    Its entries are told by the digest of the value, the value, or the line. A `.gitleaksignore`
    is read, too. What matches no finding is named; there is nothing to record of it.
    """
    from keyaudit.scanning import baseline as baselines
    from keyaudit.scanning import foreign_baselines

    settings = settings_for(choices)
    target = _target(file, settings)
    known = foreign_baselines.load(foreign)
    report, _ = run_scan(choices, settings, use_baseline=False)
    entries, left = foreign_baselines.match(known, report.findings, Path(report.root))
    new = baselines.add(entries, target)
    matched = len(known) - len(left)
    put(f"{matched:,} of {_entries(len(known))} match; {new:,} new in {target}\n")
    for one in left:
        put(f"{path_text(one.path)}:{one.first}: no finding there\n", sys.stderr)
    _say_incomplete(ctx, report)


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number:,} entries"


def _report_on(choices: Choices, settings: Settings, history: bool) -> Report:
    """The report that a baseline is made of, of which a baseline mutes nothing."""
    if not history:
        return run_scan(choices, settings, use_baseline=False)[0]
    from keyaudit.history import HistoryRequest
    from keyaudit.history.run import scan_history

    if len(choices.paths) > 1:
        raise click.UsageError("name one repository")
    request = HistoryRequest(
        repository=choices.paths[0] if choices.paths else Path(),
        settings=replace(settings, baseline=None),
        use_cache=not choices.no_cache,
    )
    return scan_history(request, load_catalogue(settings, cached=not choices.no_cache))


def _target(file: Path | None, settings: Settings) -> Path:
    return file or settings.baseline or DEFAULT_FILE


def _finish(ctx: click.Context, report: Report, target: Path) -> None:
    """What a file that could not be analyzed holds is not in the baseline, and counts as new."""
    from keyaudit.scanning import baseline as baselines

    put(f"{count(len(baselines.load(target).entries), 'finding')} recorded in {target}\n")
    _say_incomplete(ctx, report)


def _say_incomplete(ctx: click.Context, report: Report) -> None:
    if not report.complete:
        put(
            "keyaudit: the scan is incomplete; `keyaudit scan` names what could not be analyzed\n",
            sys.stderr,
        )
        ctx.exit(EXIT_INCOMPLETE)
