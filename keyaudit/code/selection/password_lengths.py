"""Whether a text may say how long the passwords have to be that people choose."""

from __future__ import annotations

from collections.abc import Iterator

from keyaudit.code.selection.stretches import lines_with
from keyaudit.core.patterns import regex

_SAID = ("assword", "ASSWORD", "asswd", "assphrase", "ASSPHRASE", "pwd")
_ASKS = regex(
    r"(?im)\blen\([^()\n]{0,60}\)\s*[<>]|[<>]=?\s*len\(|min|Field\(|AUTH_PASSWORD_VALIDATORS|EqualTo"
    r"|PasswordInput|^[ \t]+(?:new_|plain_)?passw(?:or)?d1?[ \t]*(?::|=[ \t]*serializers\.)"
)
# What is asked of a password that somebody chooses.
_DEMANDS = regex(
    r"(?i)\blen\(\s*[\w.]*(?:passw|pwd)|min_?(?:length|len|chars)|MinimumLength|Length\(\s*min"
    r"|(?:validate|check|verify)_\w*passw\w*_?(?:strength|policy|complexity|valid|rules|quality)"
    r"|validate_password\(|passw\w*_(?:validat|strength|policy|complexity|rules|quality)"
    r"|(?:validate|check)_(?:strong_)?(?:new_)?password\b|zxcvbn|pwned|too[ _]short"
    r"|at least \w+ char"
)


def kinds_of(text: str) -> Iterator[str]:
    """`password-demand`, where a file speaks of what passwords have to be."""
    if any(_DEMANDS.search(text, *line) for line in lines_with(text, _SAID)):
        yield "password-demand"


def may_ask(text: str) -> bool:
    """Whether a line that speaks of a password compares a length, or has a field of a form or a
    setting of how long one has to be."""
    return any(_ASKS.search(text, *line) for line in lines_with(text, _SAID))
