"""What a scan is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from keyaudit.scanning.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """What to scan and how; without paths, the working directory.

    `staged`: git's index is read in place of the files. `diff` names a commit to compare with (see
    `comparison`), so that only newer findings count; "" is the default branch, None no comparison.
    `judge_by_path`: named files may be judged to be tests by their path, since nobody chose them.
    Without `use_cache` nothing is read from the cache or written to it. `arguments` are the command
    line's, for the report.
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
    """A function that is called from time to time with the progress of a scan."""

    def __call__(self, done: int, total: int, /) -> None:
        """`done` of `total` documents are done."""
        ...
