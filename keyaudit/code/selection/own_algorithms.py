"""Whether a text may have a standard algorithm of its own, by the name of a class or function."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

_NAMED = regex(
    r"(?i)^[ \t]*(?:class|def)[ \t]+\w{0,8}?(?:aes|des|rijndael|rc[2456]|arc4|fish|serpent"
    r"|camellia|idea|tea|salsa|chacha|poly1305|speck|simon|sha|md[45]|keccak|blake|ripemd|whirlpool|gcm|ghash|ccm|eax"
    r"|key_?wrap|kw|pbkdf|hmac|cmac|hkdf|scrypt)",
    re.MULTILINE,
)
_SHIFTS = ("<<", ">>", "^", "xor")


def may_stand_in(text: str) -> bool:
    """Whether a text defines what is called so, and computes with bits."""
    return any(sign in text for sign in _SHIFTS) and _NAMED.search(text) is not None
