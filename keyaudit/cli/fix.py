"""`keyaudit fix`: mend what a scan finds, shown as a diff or written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyaudit.cli.group import EXIT_FINDINGS, EXIT_INCOMPLETE
from keyaudit.cli.options import FILE, Choices, choices, load_catalogue, settings_for
from keyaudit.cli.output import check_output, put, use_color

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue
    from keyaudit.fixes.outcome import Outcome
    from keyaudit.fixes.run import Ask

_STYLES = ("inline", "remediation")
_FORMATS = ("diff", "json", "sarif")


@click.command(short_help="Mend what a scan finds.")
@choices
@click.option("--write", is_flag=True, help="Change the files; without it, show what would change.")
@click.option("--unsafe", is_flag=True, help="Also fixes that need something to be migrated.")
@click.option(
    "--style",
    type=click.Choice(_STYLES),
    help="Code of its own, or calls of keyaudit.remediation; by default as the project has it.",
)
@click.option(
    "--allow-dependency",
    is_flag=True,
    help="Also fixes that need a package which the project does not depend on yet.",
)
@click.option("--interactive", is_flag=True, help="Ask about every fix; writes those agreed to.")
@click.option("--check", is_flag=True, help="Show nothing; exit with 1 if something can be fixed.")
@click.option("--plan", type=FILE, metavar="FILE", help="Write what is left to do by hand there.")
@click.option("--staged", is_flag=True, help="Only findings in what git's index holds.")
@click.option("--diff", "since", metavar="REF", help="Only findings on lines changed since REF.")
@click.option("--baseline", type=FILE, metavar="FILE", help="Leave out the findings it records.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="diff", help="Default: diff."
)
@click.option("--output", type=FILE, metavar="FILE", help="Write the report there (-: stdout).")
@click.option(
    "--quiet", "-q", is_flag=True, help="No summary, no progress, nothing of what is left."
)
@click.pass_context
def fix(
    ctx: click.Context,
    choices: Choices,
    write: bool,
    unsafe: bool,
    style: str | None,
    allow_dependency: bool,
    interactive: bool,
    check: bool,
    plan: Path | None,
    staged: bool,
    since: str | None,
    baseline: Path | None,
    form: str,
    output: Path | None,
    quiet: bool,
) -> None:
    """Mend what a scan of files and folders finds (the working directory when none is named).

    Shows the changes as a diff and writes nothing, unless told to. Safe fixes leave data and peers
    as they are; --unsafe adds those after which something must be migrated, and says what. Every
    fix is scanned again in memory before it is offered.

    \b
    Exit status:
      0  done, or nothing to do
      1  with --check: something can be fixed
      2  wrong use or configuration
      3  a file could not be read or written
    """
    if check and (write or interactive):
        raise click.UsageError("--check writes nothing: leave out --write and --interactive")
    if interactive and form != "diff":
        raise click.UsageError(f"--interactive goes with no --format {form}")
    settings = settings_for(choices, baseline=baseline)
    catalogue = load_catalogue(settings, cached=not choices.no_cache)
    for target in (output, plan):
        check_output(target)
    from keyaudit.cli.progress import bar
    from keyaudit.fixes.session import fix as run
    from keyaudit.scanning import Request

    request = Request(
        paths=choices.paths or (Path(),),
        settings=settings,
        staged=staged,
        use_cache=not choices.no_cache,
        arguments=tuple(ctx.obj or ()),
    )
    progress = bar(quiet or check)
    try:
        outcome = run(
            request,
            catalogue,
            unsafe=unsafe,
            style=style,
            allow_dependency=allow_dependency,
            since=since,
            ask=_asker(catalogue) if interactive else None,
            progress=progress,
        )
    finally:
        if progress is not None:
            progress.close()
    status = 0 if outcome.report.complete else EXIT_INCOMPLETE
    if check:
        ctx.exit(EXIT_FINDINGS if outcome.applied else status)
    if write or interactive:
        status = max(status, _write(outcome))
    _deliver(outcome, catalogue, form, output, quiet=quiet, written=write or interactive)
    if plan is not None:
        from keyaudit.fixes import plan as plans
        from keyaudit.reports import write as write_text

        write_text(plans.render(outcome, catalogue.rules), plan)
    ctx.exit(status)


def _deliver(
    outcome: Outcome, catalogue: Catalogue, form: str, output: Path | None, *,
    quiet: bool, written: bool,
) -> None:  # fmt: skip
    from keyaudit.reports import render as render_report
    from keyaudit.reports import write as write_text

    to_stdout = output is None or str(output) == "-"
    if form == "diff":
        from keyaudit.fixes.listing import render

        color = to_stdout and use_color(sys.stdout)
        text = render(outcome, catalogue.rules, color=color, quiet=quiet, written=written)
    else:
        text = render_report(form, outcome.report, catalogue.rules)
    if to_stdout:
        put(text)
    else:
        assert output is not None
        write_text(text, output)


def _write(outcome: Outcome) -> int:
    """Write the changed files; what could not be written is said, and the rest goes on."""
    from keyaudit.fixes.writing import WriteError, write
    from keyaudit.reports.terminal import path_text

    status = 0
    for group in outcome.file_groups():
        done: list[tuple[Path, bytes, bytes]] = []
        for path, new in group.items():
            target = Path(outcome.report.root, path)
            old = outcome.files[path].data if outcome.is_there(path) else None
            try:
                write(target, old, new)
            except WriteError as error:
                status = EXIT_INCOMPLETE
                put(f"keyaudit: {path_text(path)}: not written: {error.reason}\n", sys.stderr)
                for written, before, after in done:
                    write(written, after, before)
                outcome.drop(group)
                break
            done.append((target, old or b"", new))
    return status


def _asker(catalogue: Catalogue) -> Ask:
    from keyaudit.cli.fix_questions import Questions

    return Questions(catalogue.rules)
