"""A program's own functions that print or log what they are given, by the text of a file."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

# One that logs at the level it is told has branches before the first line that does.
_PRINTS = regex(
    r"(?m)^def[ \t]+(\w+)\([^)\n]*\)[^:\n]*:\s*(?:\"\"\"[^\"]{0,400}\"\"\"\s*)?"
    r"(?:(?:(?:el)?if\b[^\n]{1,100}|else):\s*|#[^\n]*\s*){0,4}"
    r"(?:print|pprint|log\w*\.\w+|sys\.std\w+\.\w+|click\.s?echo)\("
)
_MOST = 8


def printers(text: str) -> frozenset[str]:
    """The names of functions that may do nothing else."""
    return frozenset(_PRINTS.findall(text))


def calls_of(text: str) -> re.Pattern[str] | None:
    """What finds the calls of such functions in the text of their file."""
    names = sorted(printers(text))[:_MOST]
    return re.compile(rf"(?<![\w.])(?<!def )(?:{'|'.join(names)})[ \t]*\(") if names else None
