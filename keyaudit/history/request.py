"""The options of one run over a history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keyaudit.scanning.settings import Settings


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """`repository` is a work tree, a folder in one, or a bare repository.

    `since` (seconds since 1970) leaves out secrets that came in earlier. `revisions` is a range
    `A..B` or a branch; None: every ref. `unreachable` adds commits that no ref leads to. With
    `deep` all code rules look at past versions.
    """

    repository: Path
    settings: Settings
    since: int | None = None
    revisions: str | None = None
    unreachable: bool = False
    deep: bool = False
    use_cache: bool = True
    arguments: tuple[str, ...] = ()
