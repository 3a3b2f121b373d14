"""Addresses that let in whoever has them, by the text of a file: a webhook that somebody may post
to, a link that resets a password, a signed URL of a store of objects, the URL of a broker.

No part of such an address need be called a secret: the whole of it is one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from keyaudit.core.patterns import regex

# What an address is: by these a rule tells them apart.
WEBHOOK, LINK, SIGNED, LOGIN = (
    "address-of-webhook", "link-that-lets-in", "signed-address", "address-with-login"
)  # fmt: skip
_IDENTIFIER = regex(r"\w+")
_WEBHOOK = regex(
    r"(?i)(?:\w+_)?(?:web_?hooks?|(?:slack|discord|teams|mattermost|rocket_?chat|google_?chat)_?(?:web_?)?hooks?)"
    r"(?:_?(?:ur[il]|endpoint|address))?|\w*(?:slack|discord|teams|mattermost)_?(?:incoming_?)?ur[il]"
)
# A hook of these services has its secret in its path.
_OF_CHAT = regex(r"(?i)slack|discord|teams|mattermost|rocket|google_?chat")
# The address by which others reach this program, told to them.
_OWN_HOOK = regex(
    r"(?i)(?:set|create|register|add|delete|ensure|edit)_?web_?hook|create_hook|hooks\.create|run_webhook"
)
_LINK = regex(
    r"(?i)(?:\w+_)?(?:(?:password|passwd|pwd)_?)?(?:reset|magic|invite|invitation|activat(?:e|ion)|recover(?:y)?"
    r"|confirm(?:ation)?|verif(?:y|ication)|one_?time|unlock|passwordless|sign_?up|login|signin|auto_?login)"
    r"_?(?:token_?)?(?:link|ur[il])"
)
# A page that anybody may open, and what a device shows to be logged in elsewhere.
_PAGE = regex(r"(?i)(?:login|signin|sign_?up|unlock)_?ur[il]\Z")
_DEVICE = regex(r"(?i)verif\w*_?ur[il]")
_SIGNED = regex(
    r"(?i)(?:\w+_)?(?:pre_?signed|signed|sas)_?(?:(?:upload|download|put|get|post)_?)?(?:link|ur[il])"
)
# What gives one.
SIGNS = frozenset({"generate_presigned_url", "create_presigned_url", "generate_signed_url",
                   "presigned_get_object", "presigned_put_object"})  # fmt: skip
# What a URL with a user and a password in it is given to.
_CONNECTS = regex(
    r"\b(?:(?:Redis|StrictRedis|redis|aioredis|ConnectionPool|nats)\.from_url|create_(?:async_)?engine|MongoClient"
    r"|Async(?:IOMotor|Mongo)Client|URLParameters|connect_robust|\w*(?i:rabbit(?:mq)?|amqp|redis|mongo|postgres(?:ql)?"
    r"|mysql|broker|database)_?conn(?:ect|ection)?)"
    r"\([ \t]*(?:ur[il][ \t]*=[ \t]*)?(?:self\.|cls\.)?_?(\w*(?i:ur[il]|dsn|address))\b(?![.(\[])"
)
_LOGIN_TAKEN = regex(
    r"\b(\w+)[ \t]*=[ \t]*(?:\w+\.)*url(?:parse|split)\([ \t]*(?:self\.)?"
    r"(\w*(?i:ur[il]|dsn))\b[ \t]*\)"
)
_WORDS = ("ook", "_link", "Link", "_LINK", "_ur", "Ur", "_UR")
_IN_HOOK = regex(r"def[ \t]+\w*(?i:webhook|slack|discord|mattermost)\w*\(([^()]*)\)")
_NEXT = regex(r"\n[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]")
_MOST = 24


@lru_cache(maxsize=4)  # of a file, every value that is told asks
def addresses(text: str) -> dict[str, str]:
    """The names of variables, attributes and settings that hold such an address, and what it is."""
    found: dict[str, str] = {}
    for name in _named(text):
        if len(found) >= _MOST:
            break
        if _SIGNED.fullmatch(name):
            found[name] = SIGNED
        elif _LINK.fullmatch(name):
            if not _PAGE.search(name) and not (_DEVICE.search(name) and "device_code" in text):
                found[name] = LINK
        elif _WEBHOOK.fullmatch(name) and _is_sent_to(text, name):
            found[name] = WEBHOOK
    if any(word in text for word in ("from_url", "engine(", "onnect", "Client(", "_conn",
                                     "Parameters(")):  # fmt: skip
        found.update(dict.fromkeys(_CONNECTS.findall(text)[:_MOST], LOGIN))
    if "urlparse(" in text or "urlsplit(" in text:
        for parsed, name in _LOGIN_TAKEN.findall(text)[:_MOST]:
            if f"{parsed}.password" in text:
                found[name] = LOGIN
    return found


def _named(text: str) -> set[str]:
    """The identifiers that may be names of such ones."""
    found: set[str] = set()
    for word in _WORDS:
        at = text.find(word)
        while at >= 0:
            start = at
            while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
                start -= 1
            name = _IDENTIFIER.match(text, start)
            if name is not None:
                found.add(name[0])
            at = text.find(word, at + len(word))
    return found


def _is_sent_to(text: str, name: str) -> bool:
    """Whether the address of a hook is one that this file posts to, and none of its own."""
    if _OF_CHAT.search(name):
        return True
    if _OWN_HOOK.search(text):
        return False
    sent = re.compile(
        rf"(?:\b(?:post|put|request|send|fetch|urlopen|Request|Webhook\w*|from_url)\([^()\n]{{0,40}}"
        rf"|\n[ \t]*|\bur[il][ \t]*=[ \t]*(?:self\.)?)(?<![\w])(?:\w+\.)*{re.escape(name)}\b"
        r"[ \t]*[,)]"
    )
    return sent.search(text) is not None


@lru_cache(maxsize=4)
def hooks(text: str) -> frozenset[str]:
    """The functions that post to a webhook whose address they are given as `url`."""
    if "ebhook" not in text and "lack" not in text and "iscord" not in text:
        return frozenset()
    found: set[str] = set()
    for made in _IN_HOOK.finditer(text):
        if re.search(r"\bur[il]\b", made[1]) is None:
            continue
        end = _NEXT.search(text, made.end())
        body = text[made.end() : end.start() if end else len(text)]
        if re.search(r"\b(?:post|request|urlopen|Request)\([^()\n]{0,40}\bur[il]\b", body):
            found.add(made[0][3:].partition("(")[0].strip())
    return frozenset(found)
