"""Splits a document's path, which uses `/` on every system.

pathlib does the same, but takes ten times as long, which matters when it is done for every file.
"""

from __future__ import annotations

# How the names of Python source end.
PYTHON = (".py", ".pyi", ".pyw")
# How the names of Jupyter notebooks end.
NOTEBOOK = ".ipynb"
# What package managers write of what they installed, beside files that end in `.lock`.
LOCK_FILES = frozenset({
    "npm-shrinkwrap.json", "package-lock.json", "packages.lock.json", "pnpm-lock.yaml",
})  # fmt: skip


def name(path: str) -> str:
    """The last component of a path."""
    return path.rpartition("/")[2]


def suffix(path: str) -> str:
    """The extension with its dot, or "" without one (`.env` has none)."""
    last = name(path)
    at = last.rfind(".")
    return last[at:] if 0 < at < len(last) - 1 else ""
