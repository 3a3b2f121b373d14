"""The regular expressions of rules, compiled once a process, and when they are first asked.

Python's own functions keep the 512 last ones, and a catalogue has some thousands: asked in turn for
every file, each was compiled anew.
"""

from __future__ import annotations

import re
from functools import cache

from keyaudit.core.patterns import regex


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a rule, with the methods of a compiled one; it may not be given to the functions
    of `re`. Raises re.error for one that is none, as the catalogue's check does before."""
    return regex(pattern)
