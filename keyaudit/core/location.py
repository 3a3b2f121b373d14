"""Places in a document, and the steps that lead from an origin to a use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text: lines and columns from 1, columns in characters, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the evidence: `text` says in plain words what happens to the value there.

    `code` is the source line with every secret masked (see `keyaudit.core.redact`).
    """

    path: str
    span: Span
    text: str
    code: str
