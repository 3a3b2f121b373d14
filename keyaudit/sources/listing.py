"""What all sources provide: the files to scan, and those left out with the reason."""

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
    """One file to scan: its path from the scan root, and the `place` its source reads it from.

    `size` is in bytes, when the file was listed.
    """

    path: str
    place: str
    size: int


@dataclass(slots=True)
class Listing:
    """The files of a scan, each once; `root` is the absolute folder that paths start from.

    `untracked` are the paths of the files that git does not track but would add. `excluded` counts
    the files that the configuration excludes, by pattern.
    """

    root: str
    entries: list[Entry] = field(default_factory=list)
    untracked: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    excluded: Counter[str] = field(default_factory=Counter)

    def leaves_out(self, path: str, excluded: Callable[[str], str | None] | None) -> bool:
        """Whether the configuration excludes a path; if so, it is counted.

        `excluded` returns the pattern that excludes a path, or None.
        """
        pattern = None if excluded is None else excluded(path)
        if pattern is not None:
            self.excluded[pattern] += 1
        return pattern is not None


class UnreadableError(Exception):
    """A listed file cannot be read or need not be scanned; `skipped` has the reason."""

    def __init__(self, skipped: Skipped) -> None:
        self.skipped = skipped
        super().__init__(skipped.reason)


class Source(Protocol):
    """A source of documents. May be used in forked processes.

    `root` is the absolute folder that paths start from. `standing` gives the path by which a file
    is judged to be a test; it is complete once `listing` was called.
    """

    origin: DocumentOrigin
    root: str
    standing: Standing

    @property
    def tree(self) -> TreeReader:
        """A reader for other files below the root."""
        ...

    def listing(self) -> Listing:
        """The files to scan. Raises KeyauditError."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The content of a listed file. Raises UnreadableError."""
        ...

    def others(self) -> list[Entry]:
        """The Python files of the same tree that are not listed, for rules about a whole project.

        Empty outside a repository, and if folders were named, since then these are the whole tree.
        """
        ...

    def close(self) -> None:
        """Frees what reading needed, such as processes."""
        ...


def is_for_nobody(path: str, data: bytes) -> bool:
    """Whether no analyzer reads the file: it is binary, and neither an archive nor a key file."""
    if is_container(data):
        return False
    return is_binary(data) and not may_hold_keys(path, data)


def printable(name: str) -> str:
    r"""The file name as valid text: bytes that are not UTF-8 become `\xNN`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    return name
