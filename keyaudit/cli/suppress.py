"""`keyaudit suppress`: write the comments that mute findings, with their reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from keyaudit.cli.options import Choices, choices, run_scan, settings_for
from keyaudit.cli.output import put
from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Finding
from keyaudit.reports.terminal import count, path_text, printable


@click.command(short_help="Mute findings by comments.")
@choices
@click.option(
    "--add",
    "muted",
    multiple=True,
    required=True,
    metavar="RULE",
    help="Mute the findings of this rule: an id or a name. May be given several times.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why they are none; in each comment.")
@click.option("--until", metavar="DATE", help="They count again after that day (YYYY-MM-DD).")
@click.option("--dry-run", is_flag=True, help="Only say where comments would go.")
@click.pass_context
def suppress(
    ctx: click.Context,
    choices: Choices,
    muted: tuple[str, ...],
    reason: str,
    until: str | None,
    dry_run: bool,
) -> None:
    """Scan, and write `keyaudit: ignore[RULE] REASON` beside each finding of a rule.

    Findings in files that have no comments, such as JSON, are named: a baseline records those.
    """
    from dataclasses import replace

    from keyaudit.scanning import comment_writer
    from keyaudit.scanning.selection import resolve_rules

    reason = " ".join(reason.split())
    if not reason or "]" in reason[:1]:
        raise KeyauditError("must say why", where="--reason")
    if until is not None:
        _check_day(until)
    settings = settings_for(replace(choices, select=()))
    report, catalogue = run_scan(choices, settings)
    ids = resolve_rules(muted, catalogue.rules, "--add")
    found = [finding for finding in report.findings if finding.rule_id in ids]
    if dry_run:
        for finding in found:
            put(f"{_place(finding)}: {finding.rule_id} {printable(finding.message)}\n")
        return
    written = comment_writer.write(found, Path(report.root), reason, until or "")
    put(f"{count(written.comments, 'comment')} written\n")
    for finding, why in written.left:
        put(
            f"{_place(finding)}: {finding.rule_id} is left: {why};"
            " `keyaudit baseline create` records it\n"
        )
    if written.left:
        ctx.exit(1)


def _place(finding: Finding) -> str:
    return f"{path_text(finding.path)}:{finding.span.name}"


def _check_day(text: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise KeyauditError("is no day", where="--until", hint="write it as YYYY-MM-DD") from None
    if day < date.today():
        raise KeyauditError("is over", where="--until", hint="name a day to come")
