"""Where a person may be asked to type a secret: the words that ask, near words of a secret.

As in `secret_uses`, the text is looked at before anything is parsed: what is found here is only
worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# What asks: functions, fields of windows, and options that ask where they are not given.
_ASKS = ("input(", "prompt(", "Prompt.ask(", ".text(", "readline(", "askstring(", "getText(",
         "Entry(", "LineEdit(", "TextCtrl(", "prompt=")  # fmt: skip
_OF_SECRETS = re.compile(
    r"(?i)passw|passp|passc|pwd|secret|token|cred|mnemonic|seed|otp|mfa|2fa|\bpin\b|_pin|pin_"
    r"|two.?factor|authenticator|one.?time"
    r"|(?:private|master|api|access|signing|ption|license|account|storage|session)[ _-]?key"
    r"|(?:verif\w*|auth\w*|security|digit|recovery|backup|login|sms|activation)[ _-]?code"
)
_AROUND = 160


def may_ask(text: str) -> bool:
    """Whether a text may ask for one."""
    return any(True for _ in found_in(text))


def found_in(text: str) -> Iterator[int]:
    """Where it may."""
    for asks in _ASKS:
        at = text.find(asks)
        while at >= 0:
            if _OF_SECRETS.search(text, max(0, at - _AROUND), at + _AROUND):
                yield at
            at = text.find(asks, at + len(asks))
