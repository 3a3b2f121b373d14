"""Where the files of a scan stand: the path by which a file is judged to be a test or not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """Turns paths from the scan root into paths by which files are judged.

    `starts` are pairs of a folder (from the scan root, with `/` at its end; "" for the root) and
    what stands in its place. A path is judged from the top of its repository, or from the folder
    that was named: what that lies in says nothing about it. `named` are the files that were
    chosen by name: what they are called says nothing about whether they matter.
    """

    starts: tuple[tuple[str, str], ...] = ()
    named: frozenset[str] = frozenset()

    def judged(self, path: str) -> str:
        """The path by which a file is judged; "" for one that was chosen by name."""
        return "" if path in self.named else self.of_tree(path)

    def of_tree(self, path: str) -> str:
        """The same, whether the file was chosen by name or not."""
        best, instead = "", ""
        for folder, other in self.starts:
            if path.startswith(folder) and len(folder) >= len(best):
                best, instead = folder, other
        return instead + path[len(best) :]


# Every path as it is: of a history, and where there is one document alone.
AS_IT_IS = Standing()
