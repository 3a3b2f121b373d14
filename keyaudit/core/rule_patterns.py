"""The regular expressions of rules, compiled once a process.

Python's own functions keep the 512 last ones, and a catalogue has some thousands: asked in turn for
every file, each was compiled anew.
"""

from __future__ import annotations

import re
from functools import cache


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a rule. Raises re.error for one that is none, as the catalogue's check does
    before."""
    return re.compile(pattern)
