"""Locations in a document, and the steps of evidence from an origin to a use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A stretch of a notebook cell: `number` counts cells of all types, lines are those of the
    cell.

    All are counted from 1; columns are in characters, the end is exclusive.
    """

    number: int
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text: lines and columns from 1, columns in characters, the end exclusive.

    In a notebook the lines are those of the JSON file; `cell` is the same stretch in its cell.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: CellPlace | None = field(default=None, compare=False)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Span:
        """The span with these fields. Raises KeyError or TypeError for other data."""
        values = dict(data)
        if values.get("cell") is not None:
            values["cell"] = CellPlace(**values["cell"])
        return cls(**values)

    @property
    def seen(self) -> Span:
        """The span as a reader of the document sees it: relative to its cell in a notebook."""
        if self.cell is None:
            return self
        return Span(self.cell.line, self.cell.column, self.cell.end_line, self.cell.end_column)

    @property
    def name(self) -> str:
        """The text for messages after the file name and a colon: `12`, or `cell 3:2` in a
        notebook."""
        return str(self.line) if self.cell is None else f"cell {self.cell.number}:{self.cell.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the evidence: `text` says what happens to the value there.

    `code` is the source line with every secret masked (see `keyaudit.core.redact`).
    """

    path: str
    span: Span
    text: str
    code: str
