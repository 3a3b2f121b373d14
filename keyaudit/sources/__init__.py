"""Sources of documents: the working tree, git's index, a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.sources.listing import Entry, Listing, Source, UnreadableError
from keyaudit.sources.tree import WorkingTree

if TYPE_CHECKING:
    from keyaudit.sources.staged import Staged

__all__ = ["Entry", "Listing", "Source", "Staged", "UnreadableError", "WorkingTree"]


def __getattr__(name: str) -> object:
    # The index needs `subprocess`, the scan of a named file does not.
    if name == "Staged":
        from keyaudit.sources.staged import Staged

        return Staged
    raise AttributeError(name)
