"""Distinguishes plain words and names from text that could be a secret."""

from __future__ import annotations

import re

from keyaudit.core.patterns import regex

_ALNUM = regex(r"[^\W_]+")
# Names with digits that say what is used and are no secret: sha256, HS512, utf8, secp256r1 ...
_NAMED = regex(
    r"(?:sha|sha3|shake|md|ripemd|blake2?[bs]?|aes|des|rc|rsa|dsa|ec|ecdsa|ed|x|p|hs|rs|es|ps|k"
    r"|pbkdf|pbes|bcrypt|scrypt|argon|salsa|chacha|poly|camellia|blowfish|cast|idea|seed|gost|sm"
    r"|utf|latin|iso|cp|ascii|base|b|pkcs|pem|x509v?|tls|ssl|tlsv|sslv|http|h|ipv|oauth|jwt|jwe"
    r"|v|s|ec|py|python|cp|int|uint|float|i|u|f|crc|adler|md5sum|sha1sum|level|part|page|test|user"
    r"|key|host|node|line|step|case|item|col|row|var|arg|a|c|d|e|g|m|n|r|t|z|y|w)\d{1,5}"
    r"(?:v\d{1,2}|id|[bisdr]\d?|with(?:rsa|ecdsa)|withrsaencryption|crypt|poly\d{4}|k1|r1|padding"
    r"|sum|ssp|gcm|cbc|ecb|ctr)?"
    r"|[a-z]{0,3}passwd|[a-z]{0,3}pwd|https?d?|x?html|sshd?|[a-z]{0,3}sql"
    r"|prime\d{3}v1|secp\d{3}[kr]1|sect\d{3}[kr]1|brainpoolp\d{3}[rt]1|curve25519|chacha20poly1305"
    r"|hmacsha\d{1,3}|pbkdf2hmac|hkdfsha\d{3}|pkcs1v15|pkcs\dpadding|md5|rfc\d{3,5}|\d{1,2}bit",
    re.IGNORECASE,
)
_CAMEL = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_BETWEEN = regex(r"[^\W_][!#$^&*~@?]+[^\W_]")
_HARD = regex(r"[bcdfghjklmnpqrstvwxz]{5,}")
_VOWEL = regex(r"[aeiouy]")
_LONGEST_WORD = 18


def is_plain(text: str) -> bool:
    """Whether text without spaces consists of words and names, such as `Content-Type` or `sha256`.

    Text with irregular case, digits among letters, or punctuation inside words does not.
    """
    if _BETWEEN.search(text):
        return False
    runs = _ALNUM.findall(text)
    if sum(any(c.isdigit() for c in run) and not run.isdigit() for run in runs) > 2:
        return False
    # Words of a letter or two in a row, such as `aB-3f-Gh-9k`, are no words.
    if len(runs) > 5 and sum(len(run) for run in runs) < 3 * len(runs):
        return False
    return sum(len(r) for r in runs if r.isdigit()) <= 12 and all(map(_is_word, runs))


def is_prose(text: str) -> bool:
    """Whether text is prose: more than three words, or each word plain (`is_plain`)."""
    words = text.split()
    return len(words) > 3 or all(map(is_plain, words))


def is_known_name(run: str) -> bool:
    """Whether a run of letters and digits names an algorithm, a format or a numbered thing."""
    return _NAMED.fullmatch(run) is not None


def _is_word(run: str) -> bool:
    if run.isdigit():
        return len(run) <= 4
    if _NAMED.fullmatch(run):
        return True
    if not run.isalpha() or not run.isascii():
        return not run.isascii() and run.isalpha() and len(run) <= _LONGEST_WORD
    parts = _CAMEL.findall(run)
    if len(parts) > 1 and len(run) < 3 * len(parts):
        return False
    return all(_reads(part.lower()) for part in parts)


def _reads(word: str) -> bool:
    """Whether a word looks pronounceable: it has vowels, and no five consonants in a row."""
    if len(word) < 5:
        return True
    if len(word) > _LONGEST_WORD or not _VOWEL.search(word):
        return False
    return not _HARD.search(word.replace("passphr", "passr"))


def may_be_name(text: str) -> bool:
    """Whether unquoted text is a name, path or number in code rather than a value such as a key.

    This is more permissive than for quoted text, since nearly all unquoted text is code: names may
    contain digits, as long as no part is long and mixed.
    """
    for run in re.findall(r"[A-Za-z0-9]+", text):
        if run.isdigit():
            if len(run) >= 20:
                return False
        elif not _is_word(run) and len(run) >= (8 if any(c.isdigit() for c in run) else 20):
            return False
    return True
