"""A name at the end of a line, and its value in the next."""

from __future__ import annotations

import re

# In brackets, after a backslash, in a block of YAML, or just so, as in an INI file.
OPENED = re.compile(
    r"(?P<name>[\w.-]{2,60})[\"'\])]{0,3}\s{0,4}(?:[:=]\s{0,4}(?P<sign>\(|\\|[|>][-+]?)|=)\s*$"
)


def on_one_line(line: str, following: str) -> str | None:
    """`name =value`, made of a line that a name ends and of the next one; None for other lines."""
    opened = OPENED.search(line)
    if opened is None or not (opened["sign"] or following[:1].isspace()):
        return None
    return f"{opened['name']} ={following.lstrip()}"
