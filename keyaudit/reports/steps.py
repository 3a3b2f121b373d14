"""The steps of the evidence, as reports show them."""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.core.location import Step


def distinct(steps: Iterable[Step]) -> list[Step]:
    """The steps, without one that says of the same line what the step before it says."""
    kept: list[Step] = []
    for step in steps:
        if kept:
            last = kept[-1]
            if (last.path, last.span.line, last.text) == (step.path, step.span.line, step.text):
                continue
        kept.append(step)
    return kept
