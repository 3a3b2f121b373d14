"""What is asked of a scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from keyaudit.scanning.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """What to scan and how. No paths: the working directory.

    `judge_by_path`: nobody chose the files that are named, and a test among them is one.
    `staged` reads git's index in place of the files. `diff` names the commit that is compared with
    (see `comparison`), so that only what came since counts; "" is the default branch. `arguments`
    are the command line's, for the report. Without `use_cache` nothing kept is read and nothing is
    written for later.
    """

    paths: tuple[Path, ...]
    settings: Settings
    staged: bool = False
    diff: str | None = None
    judge_by_path: bool = False
    use_cache: bool = True
    use_baseline: bool = True
    arguments: tuple[str, ...] = ()


class Progress(Protocol):
    """Is told from time to time how far a scan is."""

    def __call__(self, done: int, total: int, /) -> None:
        """So many of all documents are done."""
        ...
