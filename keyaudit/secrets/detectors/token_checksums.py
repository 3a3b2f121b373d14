"""Verifies the checksums and structures that issuers build into their tokens.

A check takes the token and answers None when it cannot be one, else what the token says of itself
that is no secret ("" for nothing).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from keyaudit.core.patterns import regex
from keyaudit.core.words import is_plain
from keyaudit.secrets.judgement.names import snake_case

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_LONGEST = 10_000
_AFTER_DOLLAR = regex(r"\$([A-Za-z_]\w*)")


def base62_checksum(text: str) -> str:
    """CRC-32 in six digits of base 62, as GitHub, npm and Polar put it at the end of tokens.

    "Behind GitHub's new authentication token formats" (GitHub, 2021).
    """
    number = zlib.crc32(text.encode())
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def hex_checksum(text: str) -> str:
    """CRC-32 as eight hexadecimal digits, lowest byte first, as Grafana's service tokens end in."""
    return zlib.crc32(text.encode()).to_bytes(4, "little").hex()


def bech32_checksum(prefix: str, data: str) -> str:
    """The six characters that end a Bech32 text (BIP 173), for `data` in its 32 letters."""
    words = [_BECH32.index(letter) for letter in data]
    state = _polymod([*_expanded(prefix), *words, *[0] * 6]) ^ 1
    return "".join(_BECH32[state >> 5 * (5 - place) & 31] for place in range(6))


def _expanded(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def _polymod(words: list[int]) -> int:
    state = 1
    for word in words:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ word
        for place, generator in enumerate(_GENERATORS):
            if top >> place & 1:
                state ^= generator
    return state


def base58_checked(data: bytes) -> str:
    """Bytes with the first four of their double SHA-256 after them, in Base58 (BIP 13, BIP 32)."""
    number = int.from_bytes(data + _base58_checksum(data), "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def _base58_checksum(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]


def _crc32_base62(token: str) -> str | None:
    body = token.rpartition("_")[2]
    return "" if base62_checksum(body[:-6]) == body[-6:] else None


def _crc32_hex(token: str) -> str | None:
    body, _, checksum = token.rpartition("_")
    return "" if hex_checksum(body) == checksum.lower() else None


def _bech32(token: str) -> str | None:
    prefix, _, data = token.lower().rpartition("1")
    if any(letter not in _BECH32 for letter in data):
        return None
    return "" if bech32_checksum(prefix, data[:-6]) == data[-6:] else None


def _base58check(token: str) -> str | None:
    """Base58 ends in a checksum of what stands before it (BIP 32, Serialization format)."""
    number = 0
    for letter in token:
        place = _BASE58.find(letter)
        if place < 0:
            return None
        number = number * 58 + place
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return "" if len(data) > 4 and _base58_checksum(data[:-4]) == data[-4:] else None


def _decoded(text: str) -> bytes | None:
    """The bytes of base64 in either alphabet, with or without its padding."""
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object that is in base64."""
    data = _decoded(text) if len(text) <= _LONGEST else None
    try:
        found = json.loads(data) if data else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _claims(token: str) -> dict[str, Any] | None:
    """What a signed JSON Web Token claims (RFC 7519); None when it is none."""
    parts = token.split(".")
    if len(parts) != 3 or len(parts[2]) < 20:
        return None
    head = _object(parts[0])
    if head is None or not isinstance(head.get("alg"), str) or head["alg"].lower() == "none":
        return None
    return _object(parts[1])


def has_expired(token: str) -> bool:
    """Whether a text is a signed JSON Web Token whose expiration time (`exp`, RFC 7519, 4.1.4)
    is past."""
    ends = (_claims(token) or {}).get("exp") if token.startswith("eyJ") else None
    return isinstance(ends, int | float) and ends < time.time()


def _jwt(token: str) -> str | None:
    return None if _claims(token) is None else ""


def _jwt_kubernetes(token: str) -> str | None:
    claims = _claims(token) or {}
    by_sub = str(claims.get("sub", "")).startswith("system:serviceaccount:")
    return "" if by_sub or claims.get("iss") == "kubernetes/serviceaccount" else None


def _jwt_supabase(token: str) -> str | None:
    claims = _claims(token) or {}
    is_service = claims.get("iss") == "supabase" and claims.get("role") == "service_role"
    return "" if is_service else None


def _aws_account(token: str) -> str | None:
    """The account in an AWS access key id: bits 1 to 40 of what follows its first four letters.

    Those issued before 2019 (`AKIAI…`, `AKIAJ…`) have none.
    """
    if token[4] in "IJ":
        return ""
    try:
        data = base64.b32decode(token[4:])
    except ValueError:
        return None
    number = (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return f"of account {number:012}" if number < 10**12 else None


def _base64_json(token: str) -> str | None:
    """`ops_eyJ…`, `glc_eyJ…`: a JSON object after the prefix."""
    return None if _object(token[token.index("eyJ") :]) is None else ""


def _sentry_json(token: str) -> str | None:
    found = _object(token.removeprefix("sntrys_").rpartition("_")[0])
    return "" if found is not None and "iat" in found else None


def _of_length(size: int) -> Callable[[str], str | None]:
    def check(token: str) -> str | None:
        data = _decoded(token)
        return "" if data is not None and len(data) == size and len(set(data)) > size // 4 else None

    return check


def _wireguard_key(token: str) -> str | None:
    """A Curve25519 key, of which some bits are fixed (RFC 7748, 5), as `wg genkey` gives it."""
    data = _decoded(token)
    if data is None or len(data) != 32 or len(set(data)) < 8:
        return None
    return "" if not data[0] & 7 and data[31] & 0xC0 == 0x40 else None


def _service_account(token: str) -> str | None:
    found = _object(token)
    is_one = found is not None and found.get("type") == "service_account" and "private_key" in found
    return "" if is_one else None


def _discord_id(token: str) -> str | None:
    """A bot's token begins with the number of the bot, in base64."""
    number = _decoded(token.partition(".")[0])
    return "" if number is not None and re.fullmatch(rb"\d{17,20}", number) else None


def _pypi_macaroon(token: str) -> str | None:
    """A macaroon (version 2) whose location is PyPI or its test instance."""
    data = _decoded(token.removeprefix("pypi-")) or b""
    return "" if data.startswith((b"\2\1\10pypi.org", b"\2\1\15test.pypi.org")) else None


def _url_password(password: str) -> str | None:
    """Of a password in a URL nobody but its host knows the form (see `findings`), but none has the
    name of a variable after a dollar sign: `v1-$BUILD_KEY`."""
    return None if any(map(_is_variable, _AFTER_DOLLAR.findall(password))) else ""


def _is_variable(name: str) -> bool:
    words = snake_case(name).split("_")
    return len(name) > 1 and all(w.isdigit() or len(w) < 2 or is_plain(w) for w in words)


CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "crc32-base62": _crc32_base62,
    "crc32-hex": _crc32_hex,
    "jwt": _jwt,
    "jwt-kubernetes": _jwt_kubernetes,
    "jwt-supabase": _jwt_supabase,
    "bech32": _bech32,
    "base58check": _base58check,
    "aws-account": _aws_account,
    "base64-json": _base64_json,
    "base64-32-bytes": _of_length(32),
    "base64-64-bytes": _of_length(64),
    "wireguard-key": _wireguard_key,
    "service-account": _service_account,
    "discord-id": _discord_id,
    "pypi-macaroon": _pypi_macaroon,
    "sentry-json": _sentry_json,
    "url-password": _url_password,
}
# Those that a text passes once in thousands of millions, unless its issuer made it.
PROOFS = frozenset({"crc32-base62", "crc32-hex", "bech32", "base58check", "pypi-macaroon"})
