"""Where a person may be asked to type a secret, by words that ask near words of a secret, and where
what was typed may be kept.

As in `secret_uses`, the text is looked at before anything is parsed: what is found here is only
worth reading.
"""

from __future__ import annotations

from keyaudit.core.patterns import regex

# What asks: functions, fields of windows, and options that ask where they are not given.
_ASKS = ("input(", "prompt(", "Prompt.ask(", ".text(", "inquirer.Text(", "readline(", "askstring(",
         "getText(",
         "Entry(", "LineEdit(", "TextCtrl(", "prompt=")  # fmt: skip
_OF_SECRETS = regex(
    r"(?i)passw|passp|passc|pwd|secret|token|cred|mnemonic|seed|otp|mfa|2fa|\bpin\b|_pin|pin_"
    r"|two.?factor|authenticator|one.?time"
    r"|(?:private|master|api|access|signing|ption|license|account|storage|session)[ _-]?key"
    r"|(?:verif\w*|auth\w*|security|digit|recovery|backup|login|sms|activation)[ _-]?code"
)
_AROUND = 160
# A function of a project's own that asks, by its name, and what its answer is put into; what it
# does is looked at then.
_OWN = regex(r"(?:[aA]sk|[pP]rompt|[iI]nput|[qQ]uestion|[rR]esponse|[aA]nswer|[eE]nter)\w{0,20}\(")
_ANSWER = regex(
    r"(?i)(?:passw\w*|pass|pwd|secret\w*|token|_key|apikey)[\"']?\]?[ \t]*=[ \t]*[\w.]*\Z"
)
# What was typed, put into an attribute.
_TYPED = ("getpass", "prompt", "input(", "get_argument", "askstring")
_KEPT = regex(r"\.\w{0,30}(?i:pass|pwd|pin|puk|otp|key|mnemonic|phrase)\w{0,20}[ \t]{0,4}=(?!=)")


def may_ask(text: str) -> bool:
    """Whether a text may ask for one."""
    for asks in _ASKS:
        at = text.find(asks)
        while at >= 0:
            if _OF_SECRETS.search(text, max(0, at - _AROUND), at + _AROUND):
                return True
            at = text.find(asks, at + len(asks))
    return any(
        _ANSWER.search(text, max(0, asks.start() - _AROUND), asks.start())
        for asks in _OWN.finditer(text)
    )


def may_keep(text: str) -> bool:
    """Whether what a person typed may be kept in an attribute in a text."""
    return any(word in text for word in _TYPED) and _KEPT.search(text) is not None
