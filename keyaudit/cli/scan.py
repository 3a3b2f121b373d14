"""`keyaudit scan`: look for violations, report them, and say by the exit status what came out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from keyaudit.cli.options import FILE, Choices, choices, run_scan, settings_for
from keyaudit.cli.output import check_output, deliver
from keyaudit.reports import FORMATS


def _is_path(name: str) -> bool:
    """Whether what is given for a commit is what to scan. A branch of that name goes first."""
    from keyaudit.scanning.comparison import is_path

    return is_path(name)


@click.command(short_help="Scan files and folders.")
@choices
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@click.option("--output", type=FILE, metavar="FILE", help="Write the report there (-: stdout).")
@click.option(
    "--staged", is_flag=True, help="Scan what git's index holds, as it will be committed."
)
@click.option(
    "--diff",
    is_flag=False,
    flag_value="",
    metavar="[REF]",
    help="Only what came since a commit: since the default branch, or since --diff=REF.",
)
@click.option(
    "--judge-by-path",
    is_flag=True,
    help="Named files may be tests: for hooks, which name every file that changes.",
)
@click.option("--baseline", type=FILE, metavar="FILE", help="Leave out the findings it records.")
@click.option(
    "--strict", is_flag=True, help="Fail, too, for suppressions and entries that mute nothing."
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Look no longer than that; what was not reached is named, and the status is 3.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings only: no summary, no progress.")
@click.pass_context
def scan(
    ctx: click.Context,
    choices: Choices,
    form: str,
    output: Path | None,
    staged: bool,
    diff: str | None,
    judge_by_path: bool,
    baseline: Path | None,
    strict: bool,
    timeout: float | None,
    exit_zero: bool,
    quiet: bool,
) -> None:
    """Scan files and folders (the working directory when none is named).

    Reports where a stage in the life of a cryptographic key is done wrong, with the steps from
    the value's origin to its use. `keyaudit explain RULE` says more about a rule.
    """

    if diff and not diff.startswith("-") and _is_path(diff):  # `--diff PATH`, without a commit
        choices, diff = replace(choices, paths=(Path(diff), *choices.paths)), ""
    settings = settings_for(choices, baseline=baseline).override(timeout=timeout)
    check_output(output)
    report, catalogue = run_scan(
        choices,
        settings,
        staged=staged,
        judge_by_path=judge_by_path,
        diff=diff,
        quiet=quiet,
        arguments=tuple(ctx.obj or ()),
    )
    report = replace(report, strict=strict)
    ctx.exit(deliver(report, catalogue.rules, form, output, exit_zero=exit_zero, quiet=quiet))
