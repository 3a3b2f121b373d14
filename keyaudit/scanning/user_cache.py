"""keyaudit's folder among the user's caches."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """keyaudit's folder among the user's caches (`$XDG_CACHE_HOME` where that is set).

    A relative one is invalid and ignored, as the XDG Base Directory Specification has it.
    """
    if sys.platform == "linux":  # without the library, whose import takes a tenth of a short run
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (given if given.is_absolute() else Path("~/.cache").expanduser()) / "keyaudit"
    import platformdirs

    return platformdirs.user_cache_path("keyaudit")
