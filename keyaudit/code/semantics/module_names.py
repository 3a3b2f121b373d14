"""The names by which imports refer to a file."""

from __future__ import annotations


def stem(path: str) -> str:
    """The last word of a module's name: `crypto` for `app/crypto.py`, `app` for
    `app/__init__.py`."""
    parts = path.rsplit(".", 1)[0].split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
