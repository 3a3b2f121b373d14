"""Reports, one module for each format: they render a `Report`, and do not depend on the scanner.

`write` puts a temporary file in place when it is complete, so that no report is cut short.
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

    `rules` are the catalogue's rules by id. `color` and `quiet` (findings only, no summary) apply
    to the text format. Raises ValueError for an unknown format.
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
