"""The path by which a file is judged to be a test, an example or neither."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Maps paths relative to the scan root to the paths by which files are judged.

    `starts` are pairs of a folder (relative to the scan root, with a trailing `/`; "" for the root)
    and its replacement. A path is judged relative to its repository, or to the folder that was
    named, since the folders above say nothing about it. `named` are files that were named
    explicitly, so that their names are not judged at all.
    """

    starts: tuple[tuple[str, str], ...] = ()
    named: frozenset[str] = frozenset()

    def judged(self, path: str) -> str:
        """The path by which a file is judged; "" for one that was named explicitly."""
        return "" if path in self.named else self.of_tree(path)

    def of_tree(self, path: str) -> str:
        """As `judged`, but the same for files that were named explicitly."""
        best, instead = "", ""
        for folder, other in self.starts:
            if path.startswith(folder) and len(folder) >= len(best):
                best, instead = folder, other
        return instead + path[len(best) :]


# Every path as it is: of a history, and where there is one document alone.
AS_IT_IS = Standing()
