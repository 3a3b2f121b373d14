"""Checks the catalogue and puts it together for a wheel (see keyaudit.catalogue.released)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ReleasedCatalogue(BuildHookInterface[Any]):
    """Adds the file of the catalogue to a wheel. A rule that is wrong fails the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Nothing for an editable install: its rules may change."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from keyaudit.catalogue import loading

        self._folder = tempfile.TemporaryDirectory()
        made = loading.release(Path(self._folder.name))
        build_data["force_include"][str(made)] = f"keyaudit/rules/{made.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Takes the file away again."""
        if version != "editable":
            self._folder.cleanup()
