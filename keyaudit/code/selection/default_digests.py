"""Whether a text may have a function with a broken digest as the default of a parameter."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_WORDS = ("sha1", "SHA1", "md5", "MD5", "sha-1", "SHA-1", "SHA_1")
_DEFAULT = regex(
    r"(?i)(?:alg|hash|digest|md|func|name|type|method)\w{0,12}[ \t]*(?::[^=,()\n]{1,60})?=[ \t]*"
    r"(?:b?[\"'](?:\w{1,6}-)?(?:md5|sha-?1)\b|(?:\w{1,20}\.){0,3}(?:md5|sha_?1)\b)"
)


def may_stand_in(text: str) -> bool:
    """Whether a digest is given by default, or to a name, in a text that speaks of signing."""
    if not any(word in text for word in _WORDS):
        return False
    signs = any(word in text for word in ("ign", "cert", "csr", "imestamp", "smime", "cms"))
    return signs and _DEFAULT.search(text) is not None
