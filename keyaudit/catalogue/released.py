"""The catalogue of a release, put together when the wheel is built.

One JSON file beside the rules, under the digest of the files it was made from; a user's first
scan then parses no YAML. It goes with the code of its release alone, and counts for nothing where
the files differ: with rules of the user's, or in a checkout, which has none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keyaudit import __version__

FILE = "compiled.json"


def write(folder: Path, digest: str, plain: dict[str, Any]) -> Path:
    """Writes the file in a folder and returns its path."""
    path = folder / FILE
    made = {"version": __version__, "digest": digest, "catalogue": plain}
    path.write_text(json.dumps(made, separators=(",", ":")), "utf-8")
    return path


def read(folder: Path, digest: str) -> dict[str, Any] | None:
    """The catalogue of these files; None when there is no such file, or it is of others."""
    try:
        made = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(made, dict) or made.get("version") != __version__:
        return None
    plain = made.get("catalogue")
    return plain if made.get("digest") == digest and isinstance(plain, dict) else None
