"""Whether a text has what the ends of logins, tokens and keys are judged by: objects that are
closed, ends that may be left out, passwords that are changed, keys that are put over others."""

from __future__ import annotations

import re
from itertools import chain

from keyaudit.code.selection import (
    key_states,
    login_checks,
    password_lengths,
    shown_proofs,
    single_use,
    token_ends,
    trusted_sources,
    unheeded_checks,
)
from keyaudit.core.patterns import regex

# An object that is closed, takes something away and has a secret.
_CLOSES = regex(
    r"def[ \t]+_*(?:a?close|(?:async_)?log_?(?:out|off)|sign_?out|end_session"
    r"|close_session|disconnect|shutdown|__a?exit__)\("
)
_KEPT = regex(
    r"\bself\._*(?:\w{0,20}_)?(?:token|jwt|password|passphrase|passwd|pwd|pin|passcode|key)"
    r"[ \t]*(?::[^=\n]+)?=(?!=)"
)
# A code that is good once, or a password on the way to a login, put into an attribute.
_CODES = regex(
    r"\.(?:\w{1,20}_)?(?:totp|otp|mfa|2fa|tfa|one_?time|two_?factor)"
    r"(?:_?(?:code|token|pass\w*|pin))?[ \t]*=(?!=)"
)
_LOGS_IN = regex(
    r"def[ \t]+\w*(?:auth|log_?in|sign_?in|unlock|decrypt)\w*\([^)]*\bpass(?:word|phrase)\b"
)
# A password that is set where an earlier or a new one is asked for.
_SETS = regex(
    r"set_password\(|generate_password_hash\(|hashpw\(|hash_?(?:password|pw)\(|make_password\("
    r"|password_hash\(|pwd_context\.hash|encrypt_password\(|(?:ph|hasher)\.hash\("
)
_OLD_OR_NEW = regex(r"(?:current|old|new)_?pass", re.IGNORECASE)
# The password of an account that is there already, among its other fields.
_OF_ROW = regex(
    r"(?:user|account|member)\w*\.(?:hashed_?)?(?:password|passwd|pw)(?:_?(?:hash|digest))?"
    r"[ \t]*=[ \t]*\w"
    r"|[\"']update[ \t]+[`\"]?\w{1,30}[`\"]?[ \t]+set[ \t][^\n]{0,80}?passw",
    re.IGNORECASE,
)
_HASHES = ("hash", "crypt", "md5", "sha1", "sha256", "sha512")
# The end of a token, in a table; and one that is told in other units than are asked for.
_MAY_BE_EMPTY = regex(
    r"(?:expir\w*|valid(?:ity|_until|_to|_for)|not_after|ttl\w*|life_?time|max_?age)[ \t]*"
    r"(?::[^=\n]*(?:None|Optional)[^=\n]*)?"
    r"=[^\n]*(?:(?:Date(?:Time)?|Integer|Timestamp)Field\(|(?:C|mapped_c)olumn\(|Field\()"
)
_MAKES_LASTING = (
    "session.permanent",
    "URLSafeSerializer(",
    "login_user(",
    "keyring.set_password(",
    "authentication.TokenAuthentication",
    "authentication.BasicAuthentication",
    "aws_secret_access_key=",
    "server.ssl_certificate",
    '"never"',
    "'never'",
)
_THOUSANDS = regex(r"\*[ \t]*1_?000\b")
_OF_ENDS = ("ex=", "max_age", "expire", "ttl", "timeout", "timedelta", 'exp"', "exp'")
_AGENT = regex(r"[\"'](?:[\w./]*/)?ssh-add\b")
_GRANT = regex(r"grant_type[\"'\]]*[ \t]*[:=][ \t]*[\"']refresh_token[\"']")
# Tokens and sessions that are put into Redis, and second factors that are taken away.
_PUT = regex(
    r"\.(?:h?set|hmset)\([ \t\n]*f?[\"'][^\"'\n]{0,60}(?:session|token|api_?key)", re.IGNORECASE
)
_FACTORS = regex(
    r"def[ \t]+\w*(?:disable|delete|reset|remove|clear)_?\w*(?:otp|2fa|mfa|two_?factor"
    r"|second_?factor)"
)
# The second factors of an account, as django-otp gives them, and a key that is switched off.
_DEVICES = "devices_for_user("
_SWITCHED = regex(r"(?:api|access)_?key\w*\.(?:is_?)?(?:enabled|active)[ \t]*=(?!=)", re.IGNORECASE)
# A key file that is written anew under another passphrase.
_RELOCKS = regex(
    r"def[ \t]+\w*(?:re_?(?:lock|key|encrypt|wrap)|change_?(?:\w{1,20}_)?pass"
    r"|rotate_?\w{0,20}key)\w*\("
)

# Objects that are made of what was received, by code that stands in it.
_MAKES_OBJECTS = ("ickle.", "dill.", "marshal.", "yaml.")
_UNPICKLES = regex(
    r"(?:ickle|\bdill|marshal)\.(?:loads?|decode)\(|\byaml\.(?:unsafe_|full_)?load\("
)
_PARTS = (
    login_checks,
    single_use,
    shown_proofs,
    token_ends,
    key_states,
    trusted_sources,
    unheeded_checks,
)


def may_stand_in(text: str) -> bool:
    """Whether there may be such a thing in a text, or in a piece of one."""
    if "self." in text and _CLOSES.search(text) is not None and _KEPT.search(text) is not None:
        return True
    if _keeps_code(text) or _changes_password(text):
        return True
    if any(word in text for word in _MAKES_LASTING):
        return True
    if "000" in text and any(word in text for word in _OF_ENDS) and _THOUSANDS.search(text):
        return True
    if "ssh-add" in text and _AGENT.search(text) is not None:
        return True
    if "grant_type" in text and _GRANT.search(text) is not None:
        return True
    if "open(" in text and _RELOCKS.search(text) is not None:
        return True
    if "set(" in text and _PUT.search(text) is not None:
        return True
    if _DEVICES in text or _FACTORS.search(text) is not None:
        return True
    if any(part.may_stand_in(text) for part in _PARTS):
        return True
    if ("enabled" in text or "active" in text) and _SWITCHED.search(text) is not None:
        return True
    if any(word in text for word in _MAKES_OBJECTS) and _UNPICKLES.search(text) is not None:
        return True
    return _has_loose_end(text)


def tells_of_project(text: str) -> bool:
    """Whether a file says something of all the tokens, sessions or logins of a project."""
    kinds = chain(
        token_ends.kinds_of(text), login_checks.kinds_of(text), password_lengths.kinds_of(text)
    )
    return next(kinds, None) is not None


def _keeps_code(text: str) -> bool:
    if ("otp" in text or "mfa" in text or "fa" in text) and _CODES.search(text) is not None:
        return True
    return "password = " in text and _LOGS_IN.search(text) is not None


def _changes_password(text: str) -> bool:
    if "passw" in text and any(word in text for word in _HASHES) and _OF_ROW.search(text):
        return True
    if "password(" not in text and "hash" not in text:
        return False
    return _SETS.search(text) is not None and _OLD_OR_NEW.search(text) is not None


def _has_loose_end(text: str) -> bool:
    if not any(word in text for word in ("null", "None", "Optional", "default=")):
        return False
    return "class " in text and _MAY_BE_EMPTY.search(text) is not None
