"""A `TreeReader` for files in memory."""

from __future__ import annotations

from collections.abc import Mapping


class MemoryTree:
    """Reads `files`: bytes by path, with `/` between folders."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        """The bytes at a path; None where there is no such file."""
        return self._files.get(path)

    def names(self, folder: str) -> list[str]:
        """The sorted names of the files directly in a folder ("" for the root)."""
        head = f"{folder}/" if folder else ""
        inside = (path[len(head) :] for path in self._files if path.startswith(head))
        return sorted(name for name in inside if "/" not in name)
