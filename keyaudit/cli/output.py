"""Where output goes: color or not, and text that the terminal's encoding may not have."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def use_color(stream: TextIO) -> bool:
    """Whether to color what goes to a stream: on a terminal, unless the environment says.

    NO_COLOR wins over FORCE_COLOR; empty ones do not count, nor does FORCE_COLOR=0.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def put(text: str, stream: TextIO | None = None) -> None:
    """Write text to stdout or the stream; characters its encoding lacks become `?`."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
