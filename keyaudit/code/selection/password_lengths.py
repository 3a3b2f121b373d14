"""Whether a text may say how long the passwords have to be that people choose."""

from __future__ import annotations

import re

from keyaudit.code.selection.stretches import lines_with

_SAID = ("assword", "ASSWORD", "asswd", "assphrase", "ASSPHRASE", "pwd")
_ASKS = re.compile(
    r"(?i)\blen\([^()\n]{0,60}\)\s*[<>]|[<>]=?\s*len\(|min|Field\(|AUTH_PASSWORD_VALIDATORS|EqualTo"
)


def may_ask(text: str) -> bool:
    """Whether a line that speaks of a password compares a length, or has a field of a form or a
    setting of how long one has to be."""
    return any(_ASKS.search(text, *line) for line in lines_with(text, _SAID))
