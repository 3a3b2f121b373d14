"""Whether a text says how long tokens, sessions or links that let somebody in are good."""

from __future__ import annotations

from keyaudit.core.patterns import regex

# Searched first, as they are found many times as fast.
_SAYS_LIFE = ("xpir", "XPIR", "ifetime", "IFETIME", "ifespan", "ttl", "TTL", "max_age", "MAX_AGE",
              "_AGE", "imeout", "TIMEOUT", "uration", "DURATION", "alidity", "VALID", '"exp"',
              "'exp'")  # fmt: skip
_SAYS_WHOSE = ("oken", "TOKEN", "jwt", "JWT", "ession", "SESSION", "eset", "RESET", "emember",
               "REMEMBER", "agic", "nvit", "INVIT", "ctivation", "ACTIVATION", "ogin")  # fmt: skip
_GIVEN = regex(
    r"(?i)(?:expir\w{0,30}|life_?(?:time|span)\w{0,20}|ttl\w{0,20}|max_?age\w{0,10}|_age"
    r"|timeout\w{0,20}|duration\w{0,20}|valid\w{0,20}|[\"']exp)[\"'\]]{0,2}[ \t]{0,4}"
    r"(?::[ \t]{0,4}[\w.\[\]| ]{1,40})?[:=](?!=)[ \t\n]{0,20}[\w(\"'-]"
)
# A call that makes a token, which may be given its end, or none.
_MAKES = regex(
    r"(?:generate|create|make|issue|encode|sign|new|build|mint|gen)_(?:\w{1,40}_)?(?:token|jwt)\("
)
# A field of what describes a key, or asks for one, that need not say until when that is good.
_MAY_BE_NONE = regex(
    r"\n[ \t]+\w{0,40}(?:expir\w{0,20}|valid_(?:until|to)|not_after)[ \t]{0,4}:[^=\n]{0,200}"
    r"\b(?:None|Optional)\b"
)


def may_stand_in(text: str) -> bool:
    """Whether such a length of time may be given in a text, or in a piece of one, or an end may be
    left out."""
    if ("Key" in text or "Token" in text) and _MAY_BE_NONE.search(text) is not None:
        return True
    if ("token(" in text or "jwt(" in text) and _MAKES.search(text) is not None:
        return True
    if not any(word in text for word in _SAYS_WHOSE):
        return False
    return any(word in text for word in _SAYS_LIFE) and _GIVEN.search(text) is not None
