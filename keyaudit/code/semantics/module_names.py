"""The names that imports call a file by."""

from __future__ import annotations


def stem(path: str) -> str:
    """The word an import names a module by: `crypto` for `app/crypto.py`, `app` for its package."""
    parts = path.rsplit(".", 1)[0].split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
