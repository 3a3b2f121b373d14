"""Whether a text says by a number how large keys of RSA or DSA are to be, or may be."""

from __future__ import annotations

from keyaudit.core.patterns import regex

_OF_PAIRS = regex(r"(?i)\b(?:rsa|dsa)|private_?key|key_?pair|(?:rsa|dsa)_")
_NUMBER = r"(?<![\w.])(?:512|768|1024|1280|1536)(?![\w.])"
_SIZE = regex(
    rf"(?i:key|rsa|dsa|bits|modulus)[^\n]{{0,80}}{_NUMBER}"
    rf"|{_NUMBER}[^\n]{{0,80}}\n?[^\n]{{0,60}}(?i:\bkey|\bbits)"
)
_SHORT = ("1024", "512", "768", "1536", "1280")


def may_offer(text: str) -> bool:
    """Whether a text, or a piece of one, has a size that is too short for a key of RSA."""
    return any(size in text for size in _SHORT) and _SIZE.search(text) is not None


def is_of_pairs(text: str) -> bool:
    """Whether a file speaks of keys of RSA or DSA, or of pairs of keys."""
    return _OF_PAIRS.search(text) is not None
