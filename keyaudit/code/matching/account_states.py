"""Finds out what a project's users and keys have: a mark that one is no longer good, and whether a
key goes away together with its user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keyaudit.core.patterns import regex

_CLASS = regex(r"^class[ \t]+(\w+)[^\n]*", re.MULTILINE)
_END = regex(r"^\S", re.MULTILINE)
_USERS = regex(
    r"(?:\A|[a-z_])(?:Users?|Accounts?|Members?)(?:Model|Record|Row|ORM|Base|Mixin|DB)?\Z|\A(?:DB|App)User\Z"
)
_KEYS = regex(
    r"(?i)(?:api_?keys?|access_?keys?|(?:refresh|access|auth|api|bearer|personal_?access)_?tokens?)"
    r"(?:model|record|row|orm|base|entity)?\Z"
)
_MARK = r"^[ \t]+(?:self\.)?(?:is_)?(?:%s)(?:_at|_on)?[ \t]*(?::[^=\n]+)?=(?!=)"
_USER_MARK = regex(
    _MARK % "active|enabled|disabled|blocked|suspended|deactivated|banned|status|locked",
    re.MULTILINE,
)
_KEY_MARK = regex(_MARK % "active|enabled|disabled|revoked|deactivated", re.MULTILINE)
_IS_ACTIVE = regex(r"\bis_active\b|\bis_authenticated\b")
_OWNER = regex(
    r"^[ \t]+(?:self\.)?(?:user|owner|login|username)(?:_id|_name)?[ \t]*(?::[^=\n]+)?=(?!=)",
    re.MULTILINE,
)
_GOES_ALONG = regex(
    r"ForeignKey|relationship|cascade|ReferenceField|OneToOne|backref|Relation", re.IGNORECASE
)
# A manager of its own may leave out what is marked.
_OWN_MANAGER = regex(r"\b\w*(?:Manager|QuerySet)\b|default_manager|query_class")
_DJANGO = ("AbstractUser", "AbstractBaseUser", "get_user_model", "contrib.auth.models")


def kinds_of(text: str) -> Iterator[str]:
    """The kinds of call that the classes of users and keys in a file stand for: `user-state` (a
    user may be marked as no longer active), `user-is-active` (by what a framework asks),
    `key-state` (a key may be), `loose-key` (nothing ends a key together with its user)."""
    if any(word in text for word in _DJANGO):
        yield "user-state"
        yield "user-is-active"
    if "User" not in text and "Key" not in text and "Token" not in text and "Account" not in text:
        return
    for found in _CLASS.finditer(text):
        of_user = _USERS.search(found[1]) is not None
        if not of_user and not _KEYS.search(found[1]):
            continue
        after = _END.search(text, found.end())
        body = text[found.end() : after.start() if after else len(text)]
        if of_user:
            if _USER_MARK.search(body):
                yield "user-state"
            if _IS_ACTIVE.search(body):
                yield "user-is-active"
            continue
        if _KEY_MARK.search(body) and not _OWN_MANAGER.search(body):
            yield "key-state"
        if _OWNER.search(body) and not _GOES_ALONG.search(body):
            yield "loose-key"
