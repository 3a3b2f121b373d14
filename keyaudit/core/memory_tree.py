"""Files in memory as a tree that values of other modules can be read from."""

from __future__ import annotations

from collections.abc import Mapping


class MemoryTree:
    """A `TreeReader` of `files`: bytes by path, with `/` between folders."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        """The bytes at a path; None when there is no such file."""
        return self._files.get(path)

    def names(self, folder: str) -> list[str]:
        """The sorted names of the files right in a folder ("" for the top)."""
        head = f"{folder}/" if folder else ""
        inside = (path[len(head) :] for path in self._files if path.startswith(head))
        return sorted(name for name in inside if "/" not in name)
