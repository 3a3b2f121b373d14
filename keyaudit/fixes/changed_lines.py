"""Which lines of a file differ from the version in a git commit."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable

from keyaudit.core.text import decode
from keyaudit.sources.git import GitError, Repository
from keyaudit.sources.tops import find_top


class ChangedLines:
    """The lines that were added or changed in the working tree since the commit `reference`.

    `root` is the folder that paths are relative to; `read` returns the bytes of a file as scanned,
    or None. Raises GitError where `root` is in no repository, or `reference` names no commit.
    """

    def __init__(self, root: str, reference: str, read: Callable[[str], bytes | None]) -> None:
        top = find_top(root)
        if top is None:
            raise GitError("failed", "this is no repository")
        self._repository = Repository(top)
        found = self._repository.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"
        )
        self._commit = found.decode("ascii").strip()
        inside = os.path.relpath(root, top).replace(os.sep, "/")
        self._head = "" if inside == "." else f"{inside}/"
        self._read = read
        self._known: dict[str, set[int]] = {}

    def has(self, path: str, first: int, last: int) -> bool:
        """Whether any line from `first` to `last` (from 1, both included) was added or changed."""
        if path not in self._known:
            self._known[path] = self._lines(path)
        return not self._known[path].isdisjoint(range(first, last + 1))

    def _lines(self, path: str) -> set[int]:
        try:
            old = self._repository.run("cat-file", "blob", f"{self._commit}:{self._head}{path}")
        except GitError:
            old = b""  # a new file
        before, after = (decode(data).split("\n") for data in (old, self._read(path) or b""))
        matcher = difflib.SequenceMatcher(None, before, after)
        return {
            line + 1
            for tag, _, _, start, end in matcher.get_opcodes()
            if tag != "equal"
            for line in range(start, end)
        }
