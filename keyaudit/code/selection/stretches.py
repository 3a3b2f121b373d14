"""Stretches of Python's text, as they are looked at before anything is parsed: what stands in the
brackets of a call, and whether it reads something by the name of a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import SECRETS, reading, reading_of_function

# Characters of the arguments of a call, or of a statement, that are looked at.
FAR = 800
_HINT = regex(
    r"(?i)pass|pwd|sessid|priv(?:ate)?_(?:pem|der|jwk)|(?:session|login|auth)_?cookie|_pw|\bpw\b|secret|token|cred|jwt|mnemonic|senha|bearer|authorization"
    r"|(?:api|priv|private|master|sign|signing|enc|encrypt|encryption|session|auth|access|account"
    r"|hmac|aes|shared|crypto|secret|storage|integration|local|websocket|admin)[_-]?key"
    r"|otp\b|(?:verif\w+|activation|confirmation|invit\w+|recovery|backup|reset|login|sms|mfa|2fa|pin|security)_?code|_pin\b"
)
_QUOTES = r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*+'''"
_QUOTED = rf"{_QUOTES}|\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])*+'"
_PART = regex(
    rf"(?P<prefix>\b[A-Za-z]{{1,2}})?(?P<quoted>{_QUOTED})"
    r"|#[^\n]*+|(?P<word>[^\W\d]\w*)(?P<after>[ \t]*(?:=(?!=)|\())?",
    re.DOTALL,
)
_PLACEHOLDER = regex(r"\{([^{}]*)\}")
_KEY = regex(r"[\w-]+\Z")
_BRACKET = regex(rf"{_QUOTED}|#[^\n]*+|[()\[\]{{}}]", re.DOTALL)
_BRACKET_OR_END = regex(rf"{_BRACKET.pattern}|\n", re.DOTALL)


def reads_secret(text: str) -> bool:
    """Whether a stretch of Python reads something by the name of a secret: a variable, an
    attribute, an item, or a placeholder in a text; not a word of a message."""
    if not _HINT.search(text):
        return False
    for part in _PART.finditer(text):
        word = part["word"]
        if word is not None:
            after = part["after"] or ""
            if after.endswith("=") or word == "pass":  # the statement
                continue
            said = reading_of_function(word) if after.endswith("(") else reading(word)
            if said in SECRETS:
                return True
        elif part["quoted"] is not None and _quoted_reads(part["quoted"], part["prefix"] or ""):
            return True
    return False


def _quoted_reads(quoted: str, prefix: str) -> bool:
    """Whether a text in quotes is the name of a secret, or has one in a placeholder."""
    inside = quoted.strip("\"'")
    if "f" in prefix.lower():
        return any(reads_secret(held[1]) for held in _PLACEHOLDER.finditer(inside))
    return _KEY.match(inside) is not None and reading(inside) in SECRETS


def statement(text: str, start: int) -> str:
    """What follows, up to the end of the line in which all brackets are closed."""
    return _up_to_end(_BRACKET_OR_END, text, start)


def arguments(text: str, start: int) -> str:
    """What stands in the brackets that open before `start`, or as much as is looked at."""
    return _up_to_end(_BRACKET, text, start)


def lines_with(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the lines begin and end in which one of these words stands, in order."""
    return sorted({line for word in words for line in _lines_with(text, word)})


def _lines_with(text: str, word: str) -> Iterator[tuple[int, int]]:
    at = text.find(word)
    while at >= 0:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text.rfind("\n", 0, at) + 1, end
        at = text.find(word, end)


def _up_to_end(signs: re.Pattern[str], text: str, start: int) -> str:
    """What follows, up to a bracket that was opened before it, or, where `signs` finds ends of
    lines too, up to one outside of all brackets."""
    depth = 0
    for match in signs.finditer(text, start, start + FAR):
        sign = match[0]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        if depth < 0 or (sign == "\n" and depth == 0):
            return text[start : match.start()]
    return text[start : start + FAR]
