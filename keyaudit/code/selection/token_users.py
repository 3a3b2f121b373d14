"""Finds out whether whoever reads a token asks for the user that it was given to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from keyaudit.core.patterns import regex

_FUNCTION = regex(r"^[ \t]*(?:async[ \t]+)?def[ \t]", re.MULTILINE)
_READS = regex(
    r"get_jwt|jwt\w*\.decode\(|jwt_decode\(|(?:decode|verify|process|read|parse|validate|check)_"
    r"(?:\w{1,20}_)?(?:token|jwt)\("
)
_LOOKS_UP = regex(
    r"\bUser\w{0,20}\.(?:query|get|objects|select|find|filter)"
    r"|\busers?\w{0,20}\.(?:get|find|by_|query|filter|read|fetch)"
    r"|\bget_user|\bfind_user|\bload_user|\bfetch_user|\buser_by_|(?i:\bfrom[ \t]+users?\b)"
    r"|\bquery\(|\bselect\(|\bcrud\w*\.|\brepo\w*\.|\bsession\.(?:get|exec|scalar)|filter_by\("
    r"|find_one\(|\.objects\."
)
# Frameworks that ask for the user themselves.
_ASK = ("user_lookup_loader", "user_loader", "fastapi_users", "flask_login", "rest_framework",
        "flask_security", "flask_praetorian", "graphql_jwt", "django.contrib.auth")  # fmt: skip
_TOKENS = ("jwt", "_token(")
_GIVES = ("jwt.encode(", "jwt_encode(", "create_access_token(")


def kinds_of(text: str) -> Iterator[str]:
    """The kinds of call that a file stands for by that: `signed-token` (one is given out that is
    its own proof), `token-user-asked`."""
    if any(word in text for word in _GIVES):
        yield "signed-token"
    if any(word in text for word in _ASK):
        yield "token-user-asked"
    elif any(word in text for word in _TOKENS) and _READS.search(text) is not None:
        starts = [one.start() for one in _FUNCTION.finditer(text)]
        blocks = (text[start:end] for start, end in pairwise([*starts, len(text)]))
        if any(_READS.search(block) and _LOOKS_UP.search(block) for block in blocks):
            yield "token-user-asked"
