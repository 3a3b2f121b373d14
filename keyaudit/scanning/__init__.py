"""Runs a scan from end to end: configuration, workers, cache, suppressions, baseline.

`scan` is imported on first use, so that reading a configuration stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyaudit.scanning.request import Progress, Request
from keyaudit.scanning.user_cache import cache_folder

if TYPE_CHECKING:
    from keyaudit.catalogue.types import Catalogue
    from keyaudit.core.report import Report

__all__ = ["Progress", "Request", "cache_folder", "scan"]


def scan(request: Request, catalogue: Catalogue, *, progress: Progress | None = None) -> Report:
    """See `keyaudit.scanning.run.scan`."""
    from keyaudit.scanning.run import scan as run

    return run(request, catalogue, progress=progress)
