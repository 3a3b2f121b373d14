"""`keyaudit history`: look for secrets in every version of every file that git keeps."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyaudit.cli.options import FILE, Choices, choices, load_catalogue, settings_for
from keyaudit.cli.output import check_output, deliver, put, use_color
from keyaudit.core.errors import KeyauditError
from keyaudit.reports import FORMATS

if TYPE_CHECKING:
    from keyaudit.core.report import Report


@click.command(short_help="Look for secrets in git's history.")
@choices
@click.option(
    "--since", metavar="DATE", help="Only what came in on that day (YYYY-MM-DD) or later."
)
@click.option("--range", "span", metavar="A..B", help="Only the commits of B that A has not.")
@click.option("--branch", metavar="NAME", help="Only the commits of a branch, tag or commit.")
@click.option("--unreachable", is_flag=True, help="Also commits that no branch or tag leads to.")
@click.option("--deep", is_flag=True, help="All code rules on all past versions (slow).")
@click.option("--timeline", is_flag=True, help="A picture of when secrets came and left.")
@click.option("--timeline-svg", type=FILE, metavar="FILE", help="Write the picture as SVG, too.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@click.option("--output", type=FILE, metavar="FILE", help="Write the report there (-: stdout).")
@click.option("--baseline", type=FILE, metavar="FILE", help="Leave out the secrets it records.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Look at files no longer than that; those with versions that were not reached are named,"
    " and the status is 3.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings only: no summary, no progress.")
@click.pass_context
def history(
    ctx: click.Context,
    choices: Choices,
    since: str | None,
    span: str | None,
    branch: str | None,
    unreachable: bool,
    deep: bool,
    timeline: bool,
    timeline_svg: Path | None,
    form: str,
    output: Path | None,
    baseline: Path | None,
    timeout: float | None,
    exit_zero: bool,
    quiet: bool,
) -> None:
    """Look for secrets in the whole history of a repository (the one of the working directory).

    Every version of every file is looked at once. Each secret is reported once: where it came
    in, whether it is still in HEAD, when it was removed, and how long it was exposed. --timeline
    shows this as a picture in place of the report.
    """
    from keyaudit.cli.progress import bar
    from keyaudit.history import HistoryRequest
    from keyaudit.history.run import scan_history

    if len(choices.paths) > 1:
        raise click.UsageError("name one repository", ctx)
    if span is not None and (branch is not None or ".." not in span):
        raise click.UsageError("--range takes A..B, and no --branch beside it", ctx)
    if timeline and (form != "text" or output is not None):
        raise click.UsageError("--timeline is text for the terminal; see --timeline-svg", ctx)
    settings = settings_for(choices, baseline=baseline).override(timeout=timeout)
    check_output(output)
    check_output(timeline_svg)
    catalogue = load_catalogue(settings, cached=not choices.no_cache)
    request = HistoryRequest(
        repository=choices.paths[0] if choices.paths else Path(),
        settings=settings,
        since=None if since is None else _seconds(since),
        revisions=span if span is not None else branch,
        unreachable=unreachable,
        deep=deep,
        use_cache=not choices.no_cache,
        arguments=tuple(ctx.obj or ()),
    )
    progress = bar(quiet)
    try:
        report = scan_history(request, catalogue, progress=progress)
    finally:
        if progress is not None:
            progress.close()
    if timeline_svg is not None:
        _draw(report, timeline_svg)
    if timeline:
        _show(report)
        ctx.exit(replace(report, exit_zero=exit_zero).exit_status)
    ctx.exit(deliver(report, catalogue.rules, form, output, exit_zero=exit_zero, quiet=quiet))


def _draw(report: Report, file: Path) -> None:
    from keyaudit.reports import write
    from keyaudit.reports.timeline import render_svg

    text = render_svg(report.findings, time.time())
    if str(file) == "-":
        put(text)
    else:
        write(text, file)


def _show(report: Report) -> None:
    from keyaudit.reports.timeline import render_text

    encoding = sys.stdout.encoding or "utf-8"
    color = use_color(sys.stdout)
    put(render_text(report.findings, time.time(), color=color, encoding=encoding))
    for notice in report.notices:
        if notice.kind != "remedy":
            put(f"keyaudit: {notice.message}\n", sys.stderr)


def _seconds(date: str) -> int:
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        raise KeyauditError("is no date", where="--since", hint="write it as YYYY-MM-DD") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
