"""Places in a document, and the steps that lead from an origin to a use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A stretch of a notebook's cell: `number` counts cells of all kinds, lines those of the
    cell; all from 1, columns in characters, end exclusive."""

    number: int
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text: lines and columns from 1, columns in characters, end exclusive.

    In a notebook it is a stretch of the file, as any program reads it; `cell` is the same stretch
    as its readers see it.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: CellPlace | None = field(default=None, compare=False)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Span:
        """The span whose fields these are. KeyError or TypeError for anything else."""
        values = dict(data)
        if values.get("cell") is not None:
            values["cell"] = CellPlace(**values["cell"])
        return cls(**values)

    @property
    def seen(self) -> Span:
        """The stretch as a reader of the file sees it: in its cell where it has one."""
        if self.cell is None:
            return self
        return Span(self.cell.line, self.cell.column, self.cell.end_line, self.cell.end_column)

    @property
    def name(self) -> str:
        """What follows a file's name and a colon: `12`, or `cell 3:2` in a notebook."""
        return str(self.line) if self.cell is None else f"cell {self.cell.number}:{self.cell.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the evidence: `text` says in plain words what happens to the value there.

    `code` is the source line with every secret masked (see `keyaudit.core.redact`).
    """

    path: str
    span: Span
    text: str
    code: str
