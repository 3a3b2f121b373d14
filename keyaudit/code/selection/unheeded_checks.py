"""Whether a text may have a check whose outcome nobody heeds: an error that is made and not raised,
an answer that is dropped, a check that stands in an `assert`."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

# What answers whether a password, a code or a MAC is right, by its name; it raises nothing.
ANSWERS = regex(
    r"compare_digest|check_password_hash|check_password|checkpw|constant_time_compare"
    r"|safe_str_cmp|secure_compare|bytes_eq"
)
# An object of passlib's, whose `verify` answers too.
HASHER = regex(
    r"(?i)(?:\w*(?:pwd|password|crypt|pass)_?(?:context|ctx)|bcrypt|bcrypt_sha256|pbkdf2_sha(?:256|512)"
    r"|sha(?:256|512)_crypt|argon2|scrypt)"
)
# What checks, by its name, whether it answers or raises.
CHECKS = regex(
    r"_*(?:verify|check|validate|is_valid|has_valid|authenticate|is_authentic)_?(?:\w{1,40}_)?"
    r"(?:signature|sig|hmac|mac|password|passwd|token|jwt|digest|checksum|hash|certificate|cert|chain"
    r"|proof|code|otp|pin)s?"
)
# What is compared is a code by which a message is known to be whole, by its name.
CODES = regex(
    r"(?i)(?:\w{1,40}_)?(?:hmac|mac|auth_?tag|signature|sig|mac_?tag|pass(?:word)?_?hash)"
)
_STATED = regex(
    r"^[ \t]+(?:assert\b[^\n]*(?:compare|verif|check|valid|auth|mac|tag|sig|hash)"
    r"|(?:await[ \t]+)?(?:\w+\.){0,4}(?:" + ANSWERS.pattern + r"|verify)\("
    r"|(?:await[ \t]+)?(?:\w+\.){0,4}" + CHECKS.pattern + r"\()",
    re.MULTILINE | re.IGNORECASE,
)
# An error that is made in a line of its own: one by its name, and one that may be.
ERROR = regex(r"[A-Z]\w*(?:Error|Exception|Failure)")
MAY_BE_ERROR = regex(
    r"[A-Z]\w*(?:Failed|NotPossible|Mismatch|Expired|Denied|NotFound|NotSupported)"
    r"|(?:Invalid|Missing|Bad|Unknown|Unsupported|Wrong|Not|No)[A-Z]\w*"
)
_MADE = regex(rf"^[ \t]+(?:\w+\.){{0,4}}(?:{ERROR.pattern}|{MAY_BE_ERROR.pattern})\(", re.MULTILINE)
_WORDS = ("assert ", "compare", "check", "verif", "valid", "authenti")


def may_stand_in(text: str) -> bool:
    """Whether there may be one in a text, or in a piece of one."""
    if any(word in text for word in _WORDS) and _STATED.search(text) is not None:
        return True
    return _MADE.search(text) is not None
