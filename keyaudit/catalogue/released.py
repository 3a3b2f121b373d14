"""The catalogue of a release, put together when the wheel is built.

It is one JSON file beside the rules, with the digest of the files it was made from. An installed
keyaudit reads it in place of those files, so that no YAML is parsed. It is used with the code of
the same version only; a checkout has none. If the user adds rules of their own, all files are read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keyaudit import __version__

FILE = "compiled.json"


def write(folder: Path, digest: str, plain: dict[str, Any]) -> Path:
    """Writes the catalogue's plain data and digest to a folder; returns the file's path."""
    path = folder / FILE
    made = {"version": __version__, "digest": digest, "catalogue": plain}
    path.write_text(json.dumps(made, separators=(",", ":")), "utf-8")
    return path


def read(folder: Path) -> tuple[dict[str, Any], str] | None:
    """Plain data and digest of the catalogue in a folder of rules; None without a usable file."""
    try:
        made = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(made, dict) or made.get("version") != __version__:
        return None
    plain, digest = made.get("catalogue"), made.get("digest")
    return (plain, digest) if isinstance(plain, dict) and isinstance(digest, str) else None
