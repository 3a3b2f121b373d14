"""Finds out what a project says of the ends of all its tokens and sessions: how long a session is
good, and that what is past its end is cleared away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from keyaudit.code.selection import token_users
from keyaudit.code.selection.stretches import lines_with
from keyaudit.core.patterns import regex

# Of text in small letters, as the next two are; and words of which each match has one. To search
# the lines of those is many times as fast as to search all of a file.
_END = regex(r"expir\w*|valid_(?:until|to)\b|not_after|\bttl\b")
_END_SAID = ("expir", "valid_", "not_after", "ttl")
_MOST_ENDS = 400
_AROUND = 240
# Rows that are past their end are deleted together, whatever the library: not the one row that
# somebody shows.
_TOGETHER = regex(
    r"(?s)\b(?:delete|sa_delete|sql_delete)\(\s*[\w.]+\s*\)\s*\.?\s*\\?\s*\.?where\("
    r"|\.delete\(\)\s*\.where\(|delete_(?:many|where|all)\(|zremrangebyscore\("
    r"|\bfor\s+\w+\s+in\b[^\n]*\n.*(?:delete|remove|\.pop\(|\bdel\s)"
)
# ... by what is asked for, or in a statement, that speaks of the end itself.
_ASKED_FOR = regex(
    r"(?s)(?:filter|filter_by|where|exclude|objects)\(.*\.(?:delete|destroy|_raw_delete)\("
)
_BY_END = regex(
    r"delete\s+from\b(?:(?!\n\s*\n)[^;]){0,240}?(?:expir|valid_(?:until|to)\b|not_after|\bttl\b)"
)
_CALLED_SO = regex(
    r"expire_?after_?seconds|\bclear_?(?:\w+_)?expired|flushexpiredtokens|cleartokens|clearsessions"
    r"|(?:delete|remove|purge|prune|clean_?up|cleanup|drop|expunge|sweep)_?(?:\w+_)?expired"
    r"|expired_?\w*\.(?:delete|clear)\(|expired_?\w*_(?:cleanup|purge|remov\w+)"
)
# ... of tokens and the like, and not of anything that has an end.
_OF_TOKENS = ("token", "api_key", "apikey", "session", "invit", "otp", "reset", "verif")
_CALLED_SAID = ("expire", "cleartokens", "clearsessions")
_AGES = regex(
    r"(?i)class\s+\w+\([^)\n]*TokenAuthentication\b(?s:.){0,1500}?(?:expir|timedelta|\.created\b)"
    r"|\bToken\.objects\.(?:filter|exclude)\([^)]{0,120}created|expiring\w*TokenAuthentication"
)
# Keys that are given out, and how one of them ends for good.
_ISSUED = ("api_key", "apikey", "access_key", "accesskey")
_ENDS_ISSUED = regex(r"delet|remov|revok|destroy|purg|\badmin\b|modelview|viewset|=\s*none\b")
# A seed of one-time codes, in an attribute, a field or a column.
_SEED = regex(
    r"(?i)(?:secret|seed|(?:otp|mfa|2fa)_?key)[\"']?\]?[ \t]*(?:=(?!=)|:)[ \t]*(?:str\()?[\w.]*"
    r"(?:random_base32|random_hex|b32encode)\("
)
# Where a framework keeps sessions on the server, other than by a setting of Django's.
_ON_SERVER = ("SessionInterface", "flask_session", "flask_kvsession", "SESSION_TYPE",
              "flask_redis_session", "SESSION_REDIS")  # fmt: skip
# What remembers that a one-time code was used: a name for the last one or its step, or a function
# that takes it out of use.
_REMEMBERS = regex(
    r"(?i)\b\w{0,20}(?:last|used|previous|seen)_?\w{0,12}(?:otp|time_?step|time_?code|code_?step)"
    r"|otp_?\w{0,12}(?:_used|_last|used_at|time_?step|replay)"
    r"|\bdef[ \t]+\w{0,20}(?:authori[sz]e|claim|consume|burn|remember|mark|replay)\w{0,20}otp"
)
_GIVEN = regex(r"(?im)^class[ \t]+(?:oauth2?_?\w{0,12}|access_?|bearer_?)token\w{0,8}\(")
# The name of what clears away what is past its end, where it does not stand in its definition.
CLEANS = regex(
    r"(?<!\w)(?<!def )(?<!def\t)(?P<name>(?:delete|purge|remove|clear|clean_?up|prune|drop)_"
    r"(?:\w{1,40}_)?expired(?:_\w{1,40})?)\b"
)
# A token or session that is judged by when it was used.
_USED = regex(r"\blast_?(?:used|seen|access(?:ed)?|activity|active)\w{0,20}[ \t]{0,4}(?:=(?!=)|<)")
# Libraries by which a project of Django's lets in whoever shows a token, whatever became of the
# password; and the setting by which a new password ends those of Simple JWT.
_BEARERS = ("rest_framework_simplejwt", "rest_framework.authtoken", "rest_framework_jwt",
            "graphql_jwt", "ninja_jwt", "knox.", "oauth2_provider", "tastypie.authentication",
            "jwt.encode(")  # fmt: skip
_BOUND = "CHECK_REVOKE_TOKEN"
_LIFETIMES = ("PERMANENT_SESSION_LIFETIME", "permanent_session_lifetime")

_BY_SECRET_KEY = regex(
    r"\bjwt\.encode\((?:[^()]|\((?:[^()]|\([^()]{0,80}\)){0,200}\)){0,300}?\b(?:SECRET_KEY|secret_key)\b"
)


def may_stand_in(text: str) -> bool:
    """Whether a text, or a piece of one, judges tokens or sessions by when they were used."""
    if "last" not in text or ("oken" not in text and "ession" not in text):
        return False
    return _USED.search(text) is not None


def kinds_of(text: str) -> Iterator[str]:
    """The kinds of call that a file stands for by that: `session-lifetime`, `remember-lifetime`,
    `expired-cleared`, `token-ages`, `kept-secret-removed`, `issued-key-ended`, `seed-kept`,
    `server-session`, `gives-tokens`, `codes-remembered`, `token-by-secret-key`, `bearer-token`,
    `signed-token`, `token-user-asked`, and `called:NAME` for each function that clears away what
    is past its end and is called or handed on."""
    if says_lifetime(text):
        yield "session-lifetime"
    if says_remembered(text):
        yield "remember-lifetime"
    if clears_away(text):
        yield "expired-cleared"
    if ages_tokens(text):
        yield "token-ages"
    if removes_kept(text):
        yield "kept-secret-removed"
    if ends_issued(text):
        yield "issued-key-ended"
    if keeps_seed(text):
        yield "seed-kept"
    if keeps_sessions(text):
        yield "server-session"
    if gives_tokens(text):
        yield "gives-tokens"
    if signs_by_secret_key(text):
        yield "token-by-secret-key"
    if any(word in text for word in _BEARERS) and _BOUND not in text:
        yield "bearer-token"
    if remembers_codes(text):
        yield "codes-remembered"
    yield from token_users.kinds_of(text)
    for name in called_cleaners(text):
        yield f"called:{name}"


def keeps_seed(text: str) -> bool:
    """Whether a file makes the seed of one-time codes and keeps it with an account."""
    if "random_base32" not in text and "random_hex" not in text and "b32encode" not in text:
        return False
    return _SEED.search(text) is not None


def keeps_sessions(text: str) -> bool:
    """Whether a file has a framework's sessions kept on the server."""
    return any(word in text for word in _ON_SERVER)


def gives_tokens(text: str) -> bool:
    """Whether a file has a table of the tokens that other programs are given."""
    if "olumn(" not in text and "Field(" not in text:
        return False
    return "oken" in text and _GIVEN.search(text) is not None


def remembers_codes(text: str) -> bool:
    """Whether a file has something by which a one-time code is known to have been used."""
    return ("otp" in text or "OTP" in text) and _REMEMBERS.search(text) is not None


def called_cleaners(text: str) -> set[str]:
    """The functions that clear away what is past its end and that a file calls or hands on."""
    if "expired" not in text:
        return set()
    return {found["name"] for found in CLEANS.finditer(text)}


def says_lifetime(text: str) -> bool:
    """Whether a file says how long Flask's permanent sessions are good."""
    return any(word in text for word in _LIFETIMES)


def says_remembered(text: str) -> bool:
    """Whether a file says for how long a login is remembered."""
    return "REMEMBER_COOKIE_DURATION" in text or "remember_cookie_duration" in text


def signs_by_secret_key(text: str) -> bool:
    """Whether a file signs tokens with what is called SECRET_KEY, and no more."""
    return "jwt.encode(" in text and _BY_SECRET_KEY.search(text) is not None


def ages_tokens(text: str) -> bool:
    """Whether a file has tokens of Django REST framework refused, or deleted, by their age."""
    if "TokenAuthentication" not in text and "Token.objects" not in text:
        return False
    return _AGES.search(text) is not None


def removes_kept(text: str) -> bool:
    """Whether a file takes a secret out of the keyring of the desktop again."""
    return "keyring" in text and "delete_password(" in text


def ends_issued(text: str) -> bool:
    """Whether a file ends keys that were given out: deletes or revokes them, or has a page on which
    somebody may."""
    small = text.lower()
    return any(_ENDS_ISSUED.search(small, *line) for line in lines_with(small, _ISSUED))


def clears_away(text: str) -> bool:
    """Whether a file deletes what is past its end, all of it at once."""
    small = text.lower()
    if not any(word in small for word in _OF_TOKENS):
        return False
    if any(_CALLED_SO.search(small, *line) for line in lines_with(small, _CALLED_SAID)):
        return True
    if "elete" not in text and "ELETE" not in text and "remove" not in text:
        return False
    if "delete" in small and _BY_END.search(small) is not None:
        return True
    ends = (end for line in lines_with(small, _END_SAID) for end in _END.finditer(small, *line))
    for found in islice(ends, _MOST_ENDS):
        around = small[max(found.start() - _AROUND, 0) : found.end() + _AROUND]
        if _TOGETHER.search(around) is not None:
            return True
        asked = _ASKED_FOR.search(around)
        if asked is not None and _END.search(asked[0]) is not None:
            return True
    return False
