"""Whether a text asks after the state of a key or certificate (revoked, expired), uses one that
knows its state, or makes one in a device."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

_REVOCATION = ("ocsp_response", "OCSPResponse", "OCSPCertStatus", "_x509_crl(")
_DEVICES = ("CKA_", "EXTRACTABLE", ".transit.")
_KNOWS = ("def is_expired", "def expired", "def is_revoked", "def revoked", "def expires_at",
          "def has_expired")  # fmt: skip
_USES = regex(r"def[ \t]+(?:encrypt|seal|wrap|sign)\w*\(")
# Something is encrypted for others, under a key of theirs.
_FOR_OTHERS = regex(
    r"(?:pub|recipient|rcpt|cert)\w{0,30}(?:\[[^\]\n]{0,40}\]|\.public_key\(\))?\.encrypt\("
)
# Keys that are removed before others are made.
_REMOVES = ("rmtree(", "unlink(", "os.remove(")
_REMAKES = regex(
    r"def[ \t]+\w*(?:ca|pki|authority|keys?|certs?|certificates?|all)(?:_\w{1,9})?[ \t]*\(",
    re.IGNORECASE,
)
# An object that empties itself by the names of its attributes.
_ERASES = regex(r"def[ \t]+_*(?:wipe|zero|erase|scrub|burn|purge|destroy)")
# A password that is taken from the settings for an account that is made.
_SEEDS = regex(
    r"(?:pass|pwd)\w{0,30}[\"']?[ \t]*[=:][ \t]*(?:[\w.]{1,40}\([ \t]*)?"
    r"(?:[\w.]{0,30}(?:settings|config|conf|cfg)\b|os\.environ|os\.getenv|getenv\(|env\()",
    re.IGNORECASE,
)


def may_stand_in(text: str) -> bool:
    """Whether there may be such a thing in a text, or in a piece of one."""
    if "def " not in text:
        return False
    if any(word in text for word in _REVOCATION) or any(word in text for word in _DEVICES):
        return True
    if any(word in text for word in _KNOWS) and _USES.search(text) is not None:
        return True
    if ".encrypt(" in text and _FOR_OTHERS.search(text) is not None:
        return True
    if any(word in text for word in _REMOVES) and _REMAKES.search(text) is not None:
        return True
    if "attr(self," in text and ("def clear" in text or _ERASES.search(text) is not None):
        return True
    return "boto.connect_" in text or (
        ("pass" in text or "PWD" in text or "pwd" in text) and _SEEDS.search(text) is not None
    )
