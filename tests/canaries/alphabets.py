"""Random values of every alphabet in which secrets are written, and tokens in vendors' forms."""

from __future__ import annotations

import random
import string

from keyaudit.secrets.detectors.token_checksums import base62_checksum

_ALNUM = string.ascii_letters + string.digits
ALPHABETS = {
    "lower case": string.ascii_lowercase,
    "upper case": string.ascii_uppercase,
    "letters": string.ascii_letters,
    "digits": string.digits,
    "hexadecimal": "0123456789abcdef",
    "base32": string.ascii_uppercase + "234567",
    "base64": _ALNUM + "+/",
    "base64url": _ALNUM + "-_",
    "letters and digits": _ALNUM,
    "Django's": "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)",
    "punctuation": string.punctuation,
    "all that is printed": _ALNUM + string.punctuation,
    "words and signs": string.ascii_lowercase + "._-/:",
    "with blanks": _ALNUM + string.punctuation + "   ",
    "other letters": "äöüßéèçñøåλπωжщю中文字鍵" + _ALNUM,
}


def canary(source: random.Random) -> str:
    """A value of 16 to 48 characters, without a blank at its ends."""
    letters = ALPHABETS[source.choice(list(ALPHABETS))]
    value = "".join(source.choice(letters) for _ in range(source.randint(16, 48)))
    return value.strip().ljust(16, "x")


def token(source: random.Random) -> tuple[str, str]:
    """A text in the form of a vendor's token, and the part of it that is random."""

    def of(letters: str, size: int) -> str:
        return "".join(source.choice(letters) for _ in range(size))

    kind = source.randrange(5)
    if kind == 0:
        tail = of(string.ascii_uppercase + "234567", 16)
        return "AK" + "IA" + tail, tail
    if kind == 1:
        tail = of(_ALNUM, 30)
        return "gh" + "p_" + tail + base62_checksum(tail), tail
    if kind == 2:
        tail = of(_ALNUM, 20)
        return "gl" + "pat-" + tail, tail
    if kind == 3:
        tail = of(_ALNUM, 24)
        return "sk_" + "live_" + tail, tail
    tail = of(_ALNUM, 36)
    return "np" + "m_" + tail[:30] + base62_checksum(tail[:30]), tail[:30]
