"""Tells which configuration file applied, and what it left out."""

from __future__ import annotations

from collections.abc import Mapping

from keyaudit.core.report import Configuration
from keyaudit.reports.terminal import count, path_text, printable

_NAMED = 5


def sentence(known: Configuration) -> str:
    """One line: the file, the number of files it excludes, the number of findings it leaves out.

    Files are counted by pattern, findings by rule and by path pattern.
    """
    parts = []
    if known.files:
        number = count(sum(known.files.values()), "file")
        parts.append(f"{number} (exclude: {_counted(known.files)})")
    if known.rules:
        number = count(sum(known.rules.values()), "finding")
        parts.append(f"{number} ({_counted(known.rules)}; in {_counted(known.paths)})")
    left_out = " and ".join(parts) if parts else "nothing"
    return f"configuration: {path_text(known.file)} leaves out {left_out}"


def _counted(numbers: Mapping[str, int]) -> str:
    """`KA302 8, KA301 4`: the most first, and how many more there are."""
    order = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{printable(name)} {number:,}" for name, number in order[:_NAMED]]
    more = [f"{len(order) - _NAMED:,} more"] if len(order) > _NAMED else []
    return ", ".join([*named, *more])
