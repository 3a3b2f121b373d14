"""The catalogue of a release, put together when the wheel is built.

One JSON file beside the rules, with the digest of the files it was made from. An installed keyaudit
reads it and none of them, so that a run parses no YAML and opens one file instead of some 160. It
goes with the code of its release alone; a checkout has none, and for whoever adds rules of their
own all files are read.
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


def read(folder: Path) -> tuple[dict[str, Any], str] | None:
    """The catalogue in a folder of rules, and its digest; None where there is none to be used."""
    try:
        made = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(made, dict) or made.get("version") != __version__:
        return None
    plain, digest = made.get("catalogue"), made.get("digest")
    return (plain, digest) if isinstance(plain, dict) and isinstance(digest, str) else None
