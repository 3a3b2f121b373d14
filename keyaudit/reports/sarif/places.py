"""Places in files as SARIF locations, and the list of all files that they refer to."""

from __future__ import annotations

from typing import Any

import sarif_om as sarif

from keyaudit.core.location import CellPlace, Span
from keyaudit.reports.frame import locate
from keyaudit.reports.paths import relative_uri

ROOT_ID = "SRCROOT"


class Artifacts:
    """The files of a run, each listed once; locations refer to them by index from 0."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._roles: dict[str, set[str]] = {}

    def location(self, path: str, role: str | None = None) -> Any:
        """The location of a file, which is added to the list; `role` is one of SARIF's roles."""
        index = self._index.setdefault(path, len(self._index))
        if role is not None:
            self._roles.setdefault(path, set()).add(role)
        return sarif.ArtifactLocation(uri=relative_uri(path), uri_base_id=ROOT_ID, index=index)

    def listed(self) -> list[Any]:
        """The artifact objects of all files, in order of their indexes."""
        return [
            sarif.Artifact(
                location=sarif.ArtifactLocation(uri=relative_uri(path), uri_base_id=ROOT_ID),
                source_language="python" if path.endswith((".py", ".pyi")) else None,
                roles=sorted(self._roles.get(path, ())) or None,
            )
            for path in self._index
        ]

    def place(
        self, path: str, span: Span | None, *, code: str = "", role: str | None = None, **more: Any
    ) -> Any:
        """The location of a span in a file; without a span, that of the file.

        `code` is the masked source line; `more` are further properties of the SARIF location.
        """
        region = context = None
        if span is not None:
            place = locate(code, span.seen)
            region = sarif.Region(
                start_line=span.line,
                start_column=span.column,
                end_line=span.end_line,
                end_column=span.end_column,
                snippet=sarif.ArtifactContent(text=code[slice(*place)]) if place else None,
            )
            if code.strip():
                context = sarif.Region(
                    start_line=span.line,
                    end_line=span.end_line,
                    snippet=sarif.ArtifactContent(text=code),
                )
        physical = sarif.PhysicalLocation(
            artifact_location=self.location(path, role), region=region, context_region=context
        )
        if span is not None and span.cell is not None:
            known = more.get("logical_locations") or []
            more["logical_locations"] = [*known, _cell(span.cell)]
        return sarif.Location(physical_location=physical, **more)


def _cell(cell: CellPlace) -> Any:
    """The cell of a notebook, of which SARIF's regions know nothing."""
    return sarif.LogicalLocation(name=f"cell {cell.number}, line {cell.line}", kind="module")
