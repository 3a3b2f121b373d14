"""Reports: one module a format. They write what a `Report` says and know nothing of the scanner.

No report is written in part: `write` makes a temporary file and renames it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keyaudit.core.whole_files import check_target, write

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Rule
    from keyaudit.core.report import Report

__all__ = ["FORMATS", "check_target", "render", "write"]

FORMATS = ("text", "json", "sarif")


def render(
    format: str,
    report: Report,
    rules: Mapping[str, Rule],
    *,
    color: bool = False,
    quiet: bool = False,
) -> str:
    """The report in one of `FORMATS`, ending in a line feed unless it is empty.

    `rules` are those of the catalogue by id. `color` and `quiet` (findings, and nothing said
    about the scan) matter to text only. ValueError for an unknown format.
    """
    if format == "text":
        from keyaudit.reports import text

        return text.render(report, rules, color=color, quiet=quiet)
    if format == "json":
        from keyaudit.reports import json

        return json.render(report, rules)
    if format == "sarif":
        from keyaudit.reports import sarif

        return sarif.render(report, rules)
    raise ValueError(f"{format!r} is none of: {', '.join(FORMATS)}")
