"""Chooses the path by which a blob that is reachable under several paths is classified."""

from __future__ import annotations

from functools import lru_cache

from keyaudit.core.context import is_trial_path
from keyaudit.secrets.judgement.file_kinds import is_generated_or_vendored, is_recorded


@lru_cache(maxsize=1 << 16)
def remoteness(path: str) -> int:
    """How far a file is from what is in use: 0 for a program and its settings, more for what
    programs wrote or recorded, most for tests, examples, documentation and what is for development.

    Of several paths of one version the least counts: a copy in `docs/` makes nothing harmless.
    """
    return 2 * is_trial_path(path) + (is_generated_or_vendored(path) or is_recorded(path))
