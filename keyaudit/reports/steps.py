"""Prepares evidence steps for reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from keyaudit.core.location import Step


def distinct(steps: Iterable[Step]) -> list[Step]:
    """The steps without those that repeat the text and line of the step before."""
    kept: list[Step] = []
    for step in steps:
        if kept:
            last = kept[-1]
            if (last.path, last.span.name, last.text) == (step.path, step.span.name, step.text):
                continue
        kept.append(step)
    return kept


def by_line(steps: Iterable[Step]) -> list[Step]:
    """The steps, with consecutive ones on the same line merged into one."""
    lines = groupby(distinct(steps), key=lambda step: (step.path, step.span.name))
    return [
        replace(together[0], text="; ".join(step.text for step in together))
        for together in (list(group) for _, group in lines)
    ]
