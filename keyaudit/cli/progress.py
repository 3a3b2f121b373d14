"""A progress bar on stderr, for scans that take longer than a moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_AFTER = 1.0
_EVERY = 0.1
_CELLS = 24


class Bar:
    """Shows how many documents are done; nothing before a second has passed.

    A `Progress` of the scanner; `close` takes the bar away again.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._next = clock() + _AFTER
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Tell that so many of all documents are done."""
        now = self._clock()
        if now < self._next or total <= 0:
            return
        self._next = now + _EVERY
        self._shown = True
        full = min(_CELLS, _CELLS * done // total)
        bar = "#" * full + "." * (_CELLS - full)
        self._stream.write(f"\r\x1b[Kkeyaudit: [{bar}] {done:,} of {total:,} files")
        self._stream.flush()

    def close(self) -> None:
        """Remove the bar."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False


def bar(quiet: bool) -> Bar | None:
    """A bar when stderr is a terminal, else None."""
    return None if quiet or not sys.stderr.isatty() else Bar(sys.stderr)
