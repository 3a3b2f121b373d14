"""Parts of a document's path, which has `/` on every system.

pathlib says the same and takes ten times as long, which for every file of a tree adds up.
"""

from __future__ import annotations

# How the names of Python source end.
PYTHON = (".py", ".pyi", ".pyw")


def name(path: str) -> str:
    """The last part."""
    return path.rpartition("/")[2]


def suffix(path: str) -> str:
    """The extension of the last part with its dot, "" without one (`.env` has none)."""
    last = name(path)
    at = last.rfind(".")
    return last[at:] if 0 < at < len(last) - 1 else ""
