"""A scan from end to end: configuration, workers, cache, suppression, baseline.

`scan` is loaded on first use, so that reading a configuration costs nothing else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from keyaudit.scanning.request import Progress, Request

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue
    from keyaudit.core.report import Report

__all__ = ["Progress", "Request", "cache_folder", "scan"]


def scan(request: Request, catalogue: Catalogue, *, progress: Progress | None = None) -> Report:
    """See `keyaudit.scanning.run.scan`."""
    from keyaudit.scanning.run import scan as run

    return run(request, catalogue, progress=progress)


def cache_folder() -> Path:
    """keyaudit's folder among the user's caches (`$XDG_CACHE_HOME` where that is set).

    A relative one is invalid and ignored, as the XDG Base Directory Specification has it.
    """
    if sys.platform == "linux":  # without the library, whose import takes a tenth of a short run
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (given if given.is_absolute() else Path("~/.cache").expanduser()) / "keyaudit"
    import platformdirs

    return platformdirs.user_cache_path("keyaudit")
