"""Random passwords as the generators in use make them, by the generator's name."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Mapping

_ALNUM = string.ascii_letters + string.digits
# The `override_special` that Terraform's `random_password` has without one of one's own.
_TERRAFORM = _ALNUM + "!@#$%&*()-_=+[]{}<>:?"
# What `GetRandomPassword` of AWS Secrets Manager draws from: printable ASCII without the space.
_AWS = _ALNUM + string.punctuation
_ONE_PASSWORD = _ALNUM + "!@.-_*"
_PWGEN_SYMBOLS = _ALNUM + string.punctuation
_CONSONANTS = ("b", "c", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "ng", "p", "ph", "qu",
               "r", "s", "sh", "t", "th", "v", "w", "x", "y", "z")  # fmt: skip
_VOWELS = ("a", "ae", "ah", "ai", "e", "ee", "ei", "i", "ie", "o", "oh", "oo", "u")


def _drawn(alphabet: str, size: int) -> Callable[[random.Random], str]:
    """Characters of an alphabet; of each kind that the alphabet has at least one, as all of these
    generators ask for."""
    kinds = [kind for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
             if set(kind) & set(alphabet)]  # fmt: skip

    def make(source: random.Random) -> str:
        while True:
            text = "".join(source.choices(alphabet, k=size))
            if all(set(text) & set(kind) for kind in kinds):
                return text

    return make


def _pronounceable(source: random.Random) -> str:
    """Syllables with a capital letter and a digit among them, as `pwgen` makes them."""
    text = ""
    while len(text) < 10:
        text += source.choice(_CONSONANTS) + source.choice(_VOWELS)
    letters = list(text[:10])
    letters[source.randrange(10)] = source.choice(string.digits)
    places = [place for place, letter in enumerate(letters) if letter.isalpha()]
    capital = source.choice(places)
    letters[capital] = letters[capital].upper()
    return "".join(letters)


GENERATORS: Mapping[str, Callable[[random.Random], str]] = {
    "Terraform random_password, 16": _drawn(_TERRAFORM, 16),
    "Terraform random_password, 24": _drawn(_TERRAFORM, 24),
    "AWS Secrets Manager": _drawn(_AWS, 32),
    "1Password": _drawn(_ONE_PASSWORD, 20),
    "pwgen": _pronounceable,
    "pwgen -s": _drawn(_ALNUM, 14),
    "pwgen -sy": _drawn(_PWGEN_SYMBOLS, 16),
    "secrets.token_urlsafe": lambda r: (
        base64.urlsafe_b64encode(r.randbytes(24)).decode().rstrip("=")
    ),
    "secrets.token_hex": lambda r: r.randbytes(20).hex(),
    "openssl rand -base64": lambda r: base64.b64encode(r.randbytes(24)).decode(),
}


def password(source: random.Random, number: int, refused: str = "") -> tuple[str, str]:
    """A password without the characters of `refused`, and its generator's name.

    Generators take turns by `number`.
    """
    names = list(GENERATORS)
    name = names[number % len(names)]
    while True:
        text = GENERATORS[name](source)
        if not set(text) & set(refused):
            return text, name
        if source.random() < 0.02:  # one that hardly ever leaves them out gives way to another
            name = "pwgen -s"
