"""Path patterns of a configuration file, in the syntax of .gitignore."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from keyaudit.core.errors import KeyauditError


class PathPatterns:
    """Matches paths from the scan root against patterns.

    Patterns are relative to the folder of the configuration file `file`, or to the scan root if
    they come from the command line (`file` is None).
    """

    def __init__(self, patterns: Sequence[str], where: str, file: Path | None) -> None:
        """Raises KeyauditError, naming `where`, for a malformed pattern."""
        self._patterns = tuple(patterns)
        self._folder = None if file is None else os.path.realpath(file.parent)
        self._before = ""
        self._outside: str | None = ""
        self._spec = None
        if patterns:
            import pathspec

            try:
                self._spec = pathspec.GitIgnoreSpec.from_lines(patterns)
            except (ValueError, TypeError) as error:
                raise KeyauditError(f"malformed pattern: {error}", where=where) from None

    def start_at(self, root: str) -> None:
        """Sets the absolute folder that paths given to `match` and `pattern_of` are relative to."""
        folder = self._folder
        if folder is None:
            return
        common = os.path.commonpath([folder, root])
        if common == folder:  # the root is the folder, or in it
            below = root[len(folder) :].strip("/")
            self._before = f"{below}/" if below else ""
        elif common == root:  # the folder is in the root: what lies beside it never matches
            self._outside = folder[len(root) :].strip("/") + "/"
        else:
            self._outside = None

    def match(self, path: str) -> bool:
        """Whether a path (relative to the scan root) matches."""
        seen = self._seen(path)
        return self._spec is not None and seen is not None and self._spec.match_file(seen)

    def pattern_of(self, path: str) -> str | None:
        """The pattern that a path (relative to the scan root) matches, or None."""
        seen = self._seen(path)
        if self._spec is None or seen is None:
            return None
        found = self._spec.check_file(seen)
        return self._patterns[found.index] if found.include and found.index is not None else None

    def _seen(self, path: str) -> str | None:
        """The path from the configuration file's folder; None for what lies beside it."""
        if self._outside:
            if not path.startswith(self._outside):
                return None
            path = path[len(self._outside) :]
        return self._before + path
