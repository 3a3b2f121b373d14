"""keyaudit's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """keyaudit's folder among the user's caches, within `$XDG_CACHE_HOME` if that is set.

    A relative path there is ignored, as the XDG Base Directory Specification demands. The folder
    need not exist.
    """
    if sys.platform == "linux":  # without the library, whose import takes a tenth of a short run
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (given if given.is_absolute() else Path("~/.cache").expanduser()) / "keyaudit"
    import platformdirs

    return platformdirs.user_cache_path("keyaudit")
