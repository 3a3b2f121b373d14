"""Made-up secrets of every kind, and lines that hold them.

They are put together when a test runs, so that no scanner finds one in this file.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keyaudit.secrets.detectors.token_checksums import base62_checksum

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
URL = ALNUM + "_-"


@dataclass(frozen=True)
class Plant:
    """`line` holds `secret`, which the plugin named `detector` finds."""

    detector: str
    line: str
    secret: str


class _Maker:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, letters: str, length: int) -> str:
        """Random text with at least one letter, and hardly a repetition."""
        while True:
            text = "".join(self._random.choices(letters, k=length))
            if any(c.isalpha() for c in text) and text[0].isalnum() and text[-1].isalnum():
                return text

    def checked(self, letters: str, length: int) -> str:
        """Text whose last six characters are its checksum, as GitHub and npm have it."""
        text = self.text(letters, length)[:-6]
        return text + base62_checksum(text)

    def snowflake(self) -> str:
        """The number of a bot of Discord, in base64."""
        return base64.b64encode(self.digits(18).encode()).decode()

    def digits(self, length: int) -> str:
        return str(self._random.randrange(10 ** (length - 1), 10**length))

    def varied(self, letters: str, length: int, least: int) -> str:
        """Text in which at least so many different characters occur."""
        while True:
            text = self.text(letters, length)
            if len(set(text)) >= least:
                return text

    def jwt(self) -> str:
        head = {"alg": "HS256", "typ": "JWT"}
        claims = {"sub": self.text(LOWER, 12), "exp": int(self.digits(9))}
        parts = [json.dumps(part).encode() for part in (head, claims)]
        parts.append(self.text(ALNUM, 32).encode())
        return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts)


def _quoted(name: str, secret: str) -> tuple[str, str]:
    return f'{name} = "{secret}"', secret


_KINDS: Mapping[str, Callable[[_Maker], tuple[str, str]]] = {
    "ArtifactoryDetector": lambda m: _quoted("repo", "AKC" + m.text(ALNUM, 20)),
    "AWSKeyDetector": lambda m: _quoted("aws_id", "AKIA" + m.text(UPPER, 16)),
    "AzureStorageKeyDetector": lambda m: (
        f'conn = "Endpoint=x;AccountKey={(key := m.text(ALNUM, 86) + "==")}"',
        key,
    ),
    "BasicAuthDetector": lambda m: (
        f'url = "https://app:{(password := m.text(ALNUM, 14))}@db.acme.com/x"',
        password,
    ),
    "CloudantDetector": lambda m: _quoted("cloudant_password", m.text(HEX, 64)),
    "DiscordBotTokenDetector": lambda m: _quoted(
        "bot", f"{m.snowflake()}.{m.text(ALNUM, 6)}.{m.text(ALNUM, 27)}"
    ),
    "GitHubTokenDetector": lambda m: _quoted("gh", "ghp_" + m.checked(ALNUM, 36)),
    "GitLabTokenDetector": lambda m: _quoted("gl", "glpat-" + m.text(ALNUM, 20)),
    "Base64HighEntropyString": lambda m: _quoted("thing", m.varied(ALNUM, 48, 30)),
    "HexHighEntropyString": lambda m: _quoted("thing", m.varied(HEX, 48, 14)),
    "IbmCloudIamDetector": lambda m: _quoted("ibm_api_key", m.text(ALNUM, 44)),
    "IbmCosHmacDetector": lambda m: _quoted("secret_access_key", m.text(HEX, 48)),
    "JwtTokenDetector": lambda m: _quoted("bearer", m.jwt()),
    "KeywordDetector": lambda m: _quoted("password", m.text(ALNUM, 14)),
    "MailchimpDetector": lambda m: _quoted("mail", m.text(LOWER, 32) + "-us9"),
    "NpmDetector": lambda m: (
        f"//registry.acme.com/:_authToken=npm_{(token := m.checked(ALNUM, 36))}",
        "npm_" + token,
    ),
    "OpenAIDetector": lambda m: _quoted("ai", f"sk-{m.text(ALNUM, 20)}T3BlbkFJ{m.text(ALNUM, 20)}"),
    "PypiTokenDetector": lambda m: _quoted("up", "pypi-AgEIcHlwaS5vcmc" + m.text(ALNUM, 80)),
    "SendGridDetector": lambda m: _quoted("mail", f"SG.{m.text(ALNUM, 22)}.{m.text(ALNUM, 43)}"),
    "SlackDetector": lambda m: _quoted(
        "chat", f"xoxb-{m.digits(12)}-{m.digits(12)}-{m.text(ALNUM, 24)}"
    ),
    "SoftlayerDetector": lambda m: _quoted("softlayer_api_key", m.text(LOWER, 64)),
    "SquareOAuthDetector": lambda m: _quoted("square", "sq0csp-" + m.text(ALNUM, 43)),
    "StripeDetector": lambda m: _quoted("pay", "sk_live_" + m.text(ALNUM, 24)),
    "TelegramBotTokenDetector": lambda m: _quoted("bot", f"{m.digits(9)}:{m.text(ALNUM, 35)}"),
    "TwilioKeyDetector": lambda m: _quoted("sms", "SK" + m.text(LOWER, 32)),
}

DETECTORS = tuple(_KINDS)


def plant(detector: str, seed: int) -> Plant:
    """A made-up secret that the plugin finds; another for each seed."""
    line, secret = _KINDS[detector](_Maker(seed))
    return Plant(detector, line, secret)


def private_key(seed: int, kind: str = "RSA ", lines: int = 6) -> str:
    """A text like a private key in PEM."""
    maker = _Maker(seed)
    body = "\n".join(maker.text(ALNUM + "+/", 64) for _ in range(lines))
    return f"-----BEGIN {kind}PRIVATE KEY-----\nMIIE{body}\n-----END {kind}PRIVATE KEY-----\n"
