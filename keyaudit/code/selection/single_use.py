"""Whether a text takes what is good once: a link by which a password is set, a short code, an
invitation."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

# A function that takes one, by its name.
_TAKES = regex(
    r"def[ \t]+\w*(?:reset|recover|forgot|restore|invit"
    r"|(?:verify|check|validate|confirm)_?\w{0,30}(?:otp|code|pin))\w*[ \t]*\(",
    re.IGNORECASE,
)
_READS = regex(
    r"(?:jwt\w{0,20}|jws|jose|\w{0,30}erial\w{0,30}|signing|\w{0,30}igner\w{0,30}|\bt?s)(?:\([^()\n]*\))?"
    r"\.(?:loads|decode|unsign)[ \t]*\("
)
# A row that is found by what a link has in it.
_LOOKS_UP = regex(
    r"(?:reset|recover\w{0,10}|forgot\w{0,10})_?(?:password_?|pw_?)?"
    r"(?:token|code|key|hash|secret|link|uuid)\w{0,20}[\"']?[ \t]*(?:==?|:)",
    re.IGNORECASE,
)
_OF_LINKS = ("reset", "recover", "forgot", "restore", "nvit", "otp", "code", "_pin")


def may_stand_in(text: str) -> bool:
    """Whether there may be such a function in a text, or in a piece of one."""
    if "def " not in text:
        return False
    of_links = any(word in text for word in _OF_LINKS)
    if of_links and _TAKES.search(text) is not None:
        return True
    if "passw" not in text:
        return False
    if ("loads(" in text or "decode(" in text or "unsign(" in text) and _READS.search(text):
        return True
    return of_links and _LOOKS_UP.search(text) is not None
