"""What a source gives: the files to scan, and those it leaves out with the reason."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from keyaudit.core.containers import is_container
from keyaudit.core.document import DocumentOrigin
from keyaudit.core.keyfiles import may_hold_keys
from keyaudit.core.report import Notice, Skipped
from keyaudit.core.result import TreeReader
from keyaudit.core.standing import Standing
from keyaudit.core.text import is_binary


class Entry(NamedTuple):
    """One file to scan: `path` from the scan root for reports, `place` for its source to read.

    `size` is in bytes, as it was when the file was listed.
    """

    path: str
    place: str
    size: int


@dataclass(slots=True)
class Listing:
    """The files of a scan, each once. `root` is the absolute folder that paths start from.

    `untracked` are the paths of those that git does not track, and would add. `excluded` counts
    the files that the configuration leaves out, by the pattern that does.
    """

    root: str
    entries: list[Entry] = field(default_factory=list)
    untracked: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)

    def leaves_out(self, path: str, excluded: Callable[[str], str | None] | None) -> bool:
        """Whether a file is excluded, which is counted; `excluded` gives the pattern of a path."""
        pattern = None if excluded is None else excluded(path)
        if pattern is not None:
            self.excluded[pattern] += 1
        return pattern is not None


class UnreadableError(Exception):
    """A listed file cannot be scanned after all; `skipped` says why."""

    def __init__(self, skipped: Skipped) -> None:
        self.skipped = skipped
        super().__init__(skipped.reason)


class Source(Protocol):
    """Where documents come from. May be used in forked processes, each on its own.

    `root` is the absolute folder that paths start from, `tree` reads other files below it.
    `standing` says by which paths files are judged; it is whole when they have been listed.
    """

    origin: DocumentOrigin
    root: str
    standing: Standing

    @property
    def tree(self) -> TreeReader:
        """Reads other files of the tree."""
        ...

    def listing(self) -> Listing:
        """Everything to scan. Raises KeyauditError."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The bytes of a listed file. Raises UnreadableError."""
        ...

    def others(self) -> list[Entry]:
        """Python files of the same tree that are not listed, for what a project as a whole has.

        Empty when folders were named, since they are the tree then, and outside a repository.
        """
        ...

    def close(self) -> None:
        """Lets go of what reading needed."""
        ...


def is_for_nobody(path: str, data: bytes) -> bool:
    """Whether no analyzer reads a file: it is binary, and neither holds others nor keys."""
    if is_container(data):
        return False
    return is_binary(data) and not may_hold_keys(path, data)


def printable(name: str) -> str:
    """A file name as text that can be written anywhere: bytes that are no UTF-8 as `\\xNN`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name
