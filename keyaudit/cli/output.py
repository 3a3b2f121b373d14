"""Where output goes: color or not, and text that the terminal's encoding may not have."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Rule
    from keyaudit.core.report import Report


def use_color(stream: TextIO) -> bool:
    """Whether to color what goes to a stream: on a terminal, unless the environment says.

    NO_COLOR wins over FORCE_COLOR; empty ones do not count, nor does FORCE_COLOR=0.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def put(text: str, stream: TextIO | None = None) -> None:
    """Write text to stdout or the stream; characters its encoding lacks become `?`."""
    from keyaudit.cli.streams import write_all

    write_all(text, stream or sys.stdout)


def check_output(output: Path | None) -> None:
    """Raises KeyauditError, before any work is done, for a file that no report can go to."""
    if not _is_stdout(output):
        from keyaudit.reports import check_target

        assert output is not None
        check_target(output)


def deliver(
    report: Report, rules: Mapping[str, Rule], form: str, output: Path | None, *,
    exit_zero: bool, quiet: bool,
) -> int:  # fmt: skip
    """Write a report to stdout or a file, and give the exit status of the command."""
    from keyaudit.reports import render, write

    report = replace(report, exit_zero=exit_zero)
    color = _is_stdout(output) and use_color(sys.stdout)
    text = render(form, report, rules, color=color, quiet=quiet)
    if output is None or _is_stdout(output):
        put(text)
    else:
        write(text, output)
        if not quiet:
            from keyaudit.reports.summary import headline

            put(f"keyaudit: {headline(report)}; the report is in {output}\n", sys.stderr)
    return report.exit_status


def _is_stdout(output: Path | None) -> bool:
    return output is None or str(output) == "-"
