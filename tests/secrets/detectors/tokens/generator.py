"""Made-up tokens of every kind in the catalogue, put together at random when a test runs.

`plant(kind, random)` gives a text that holds one, as a line of a program would; `kinds()` are those
there are. What follows from a pattern alone is drawn from it; what an issuer builds in (a checksum,
a JSON object) is built in here, by the same published rules.
"""

from __future__ import annotations

import base64
import importlib
import json
import random
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from keyaudit.catalogue.types import TokenKind
from keyaudit.core.context import is_placeholder
from keyaudit.secrets.detectors import token_checksums
from tests.caches import shipped

_PARSER: Any = importlib.import_module("re._parser")
_PRINTABLE = [character for character in string.printable if character.isprintable()]
_MORE = 12  # at most so many characters more than a repetition must have


@dataclass(frozen=True)
class Planted:
    """`secret` is a token of `kind`; `text` is what to write down: the token, or what holds it.

    `name` is what the value must be called for the kind to be told, "" where it may be anything.
    """

    kind: str
    secret: str
    text: str
    name: str

    def assigned(self, name: str = "endpoint") -> str:
        """The text given to a name, as in Python, TOML or INI files."""
        return f'{self.name or name} = "{self.text}"'


@cache
def kinds() -> Mapping[str, TokenKind]:
    """Every kind of the shipped catalogue, by id."""
    return shipped().tokens


def plant(kind_id: str, source: random.Random) -> Planted:
    """A token of a kind; another one each time."""
    kind = kinds()[kind_id]
    for _ in range(200):
        made = _built(kind, source)
        found = _whole(kind).fullmatch(made)
        assert found is not None or kind.example, (kind.id, made)
        inside = _whole(kind).search(made)
        assert inside is not None, (kind.id, made)
        secret = inside["secret"] if "secret" in inside.groupdict() else inside[0]
        if _looks_random(secret):
            return Planted(kind.id, secret, made, _name(kind, source))
    raise AssertionError(f"{kind_id}: no text looks random, such as {made}")


def broken(planted: Planted) -> Planted | None:
    """The same with one character of its checksum changed; None where the kind has none."""
    check = kinds()[planted.kind].check
    if check not in {"crc32-base62", "crc32-hex", "bech32", "base58check"}:
        return None
    last = planted.secret[-1]
    other = "1" if check != "bech32" else "q" if planted.secret.islower() else "Q"
    if last == other:
        other = {"q": "p", "Q": "P", "1": "2"}[other]
    changed = planted.secret[:-1] + other
    return Planted(planted.kind, changed, planted.text.replace(planted.secret, changed), "")


def from_pattern(pattern: str, source: random.Random) -> str:
    """A random text that a regular expression matches from end to end."""
    return _drawn(_PARSER.parse(pattern), source)


def _name(kind: TokenKind, source: random.Random) -> str:
    if not kind.names:
        return ""
    name = source.choice(kind.names)
    return name if re.search("key|secret|token|password", name) else f"{name}_api_token"


@cache
def _whole(kind: TokenKind) -> re.Pattern[str]:
    return re.compile(kind.pattern)


def _looks_random(secret: str) -> bool:
    letters = re.sub(r"[^A-Za-z0-9]", "", secret)
    mixed = re.search(r"\d", letters) or re.search("[a-z][A-Z].*[a-z][A-Z]", letters)
    if is_placeholder(secret) or not mixed or not letters:
        return False
    return len(set(secret)) >= min(12, len(secret) // 2) and secret[-1] not in "-_+/."


# -- what is built in


def _built(kind: TokenKind, source: random.Random) -> str:
    if kind.check in _BUILDERS and not kind.example:
        return _BUILDERS[kind.check](kind, source)
    return from_pattern(kind.example or kind.pattern, source)


def _crc32_base62(kind: TokenKind, source: random.Random) -> str:
    prefix, _, body = from_pattern(kind.pattern, source).rpartition("_")
    return f"{prefix}_{body[:-6]}{token_checksums.base62_checksum(body[:-6])}"


def _crc32_hex(kind: TokenKind, source: random.Random) -> str:
    body = from_pattern(kind.pattern, source).rpartition("_")[0]
    return f"{body}_{token_checksums.hex_checksum(body)}"


def _bech32(kind: TokenKind, source: random.Random) -> str:
    text = from_pattern(kind.pattern, source)
    prefix, _, data = text.lower().rpartition("1")
    made = f"{prefix}1{data[:-6]}{token_checksums.bech32_checksum(prefix, data[:-6])}"
    return made if text.islower() else made.upper()


def _base58check(kind: TokenKind, source: random.Random) -> str:
    """An extended key (BIP 32, Serialization), or a key as wallets export it."""
    if "prv" not in kind.pattern:
        end = source.choice([b"", b"\1"])
        return token_checksums.base58_checked(b"\x80" + source.randbytes(32) + end)
    version = source.choice(["0488ade4", "049d7878", "04b2430c", "0295b005", "02aa7a99"])
    data = b"\3" + source.randbytes(40) + b"\0" + source.randbytes(32)
    return token_checksums.base58_checked(bytes.fromhex(version) + data)


def _encoded(value: Mapping[str, Any] | bytes, url: bool = False) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(data) if url else base64.b64encode(data)
    return text.decode().rstrip("=") if url else text.decode()


def _text(source: random.Random, length: int) -> str:
    return "".join(source.choices(string.ascii_letters + string.digits, k=length))


def _jwt(claims: Mapping[str, Any]) -> Callable[[TokenKind, random.Random], str]:
    def build(_kind: TokenKind, source: random.Random) -> str:
        head = {"alg": "HS256", "typ": "JWT"}
        body = {**claims, "jti": _text(source, 20), "exp": source.randrange(3 * 10**9, 4 * 10**9)}
        return ".".join(_encoded(part, url=True) for part in (head, body, source.randbytes(32)))

    return build


def _aws(kind: TokenKind, source: random.Random) -> str:
    account = source.randrange(10**11, 10**12) << 7 | source.randrange(128)
    data = (account | 1 << 47).to_bytes(6, "big") + source.randbytes(4)
    return kind.pattern[:4] + base64.b32encode(data).decode()


def _json_after_prefix(kind: TokenKind, source: random.Random) -> str:
    prefix = re.split("eyJ", kind.pattern)[0]
    first = {"cloudflare-tunnel-token": "a", "grafana-api-key": "k"}.get(kind.id, "o")
    value = {first: _text(source, 32), "n": _text(source, 40), "id": source.randrange(10**6)}
    if kind.id.startswith("onepassword"):
        value["muk"] = _text(source, 200)
    return prefix + _encoded(value)


def _sentry(_kind: TokenKind, source: random.Random) -> str:
    value = {"iat": source.randrange(10**9, 2 * 10**9), "url": "https://sentry.io", "org": "acme"}
    return f"sntrys_{_encoded(value)}_{_encoded(source.randbytes(32)).rstrip('=')}"


def _service_account(_kind: TokenKind, source: random.Random) -> str:
    key = _encoded(source.randbytes(600))
    return _encoded({"type": "service_account", "private_key_id": _text(source, 40),
                     "private_key": key})  # fmt: skip


def _discord(kind: TokenKind, source: random.Random) -> str:
    number = str(source.randrange(10**17, 8 * 10**17)).encode()
    rest = from_pattern(kind.pattern, source).partition(".")[2]
    return f"{_encoded(number, url=True)}.{rest}"


def _pypi(_kind: TokenKind, source: random.Random) -> str:
    return "pypi-" + _encoded(b"\2\1\10pypi.org\2\44" + source.randbytes(100), url=True)


def _labelled(kind: TokenKind, data: bytes) -> str:
    """What stands before the group of a pattern, with a value in its place."""
    label = re.split(r"\[ |=?\(\?P<", kind.pattern)[0].replace("[kK]", "K")
    return f"{label}={_encoded(data)}"


def _wireguard(kind: TokenKind, source: random.Random) -> str:
    data = bytearray(source.randbytes(32))
    data[0] &= 248
    data[31] = data[31] & 127 | 64
    return _labelled(kind, bytes(data))


_BUILDERS: Mapping[str, Callable[[TokenKind, random.Random], str]] = {
    "crc32-base62": _crc32_base62,
    "crc32-hex": _crc32_hex,
    "bech32": _bech32,
    "base58check": _base58check,
    "jwt": _jwt({"sub": "orders", "aud": "billing"}),
    "jwt-kubernetes": _jwt(
        {"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:a:b"}
    ),
    "jwt-supabase": _jwt({"iss": "supabase", "role": "service_role", "ref": "acme"}),
    "aws-account": _aws,
    "base64-json": _json_after_prefix,
    "base64-32-bytes": lambda kind, source: _labelled(kind, source.randbytes(32)),
    "base64-64-bytes": lambda kind, source: _labelled(kind, source.randbytes(64)),
    "wireguard-key": _wireguard,
    "service-account": _service_account,
    "discord-id": _discord,
    "pypi-macaroon": _pypi,
    "sentry-json": _sentry,
}


# -- what a regular expression matches


def _drawn(parts: Sequence[Any], source: random.Random) -> str:
    return "".join(_part(str(kind), value, source) for kind, value in parts)


def _part(kind: str, value: Any, source: random.Random) -> str:
    match kind:
        case "LITERAL":
            return chr(value)
        case "IN":
            return source.choice(_members(value))
        case "SUBPATTERN":
            return _drawn(value[-1], source)
        case "BRANCH":
            return _drawn(source.choice(value[1]), source)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, inner = value
            count = source.randint(least, min(int(most), least + _MORE))
            return "".join(_drawn(inner, source) for _ in range(count))
    raise AssertionError(kind)


def _members(parts: Sequence[Any]) -> list[str]:
    found: set[str] = set()
    negated = str(parts[0][0]) == "NEGATE"
    for kind, value in parts:
        match str(kind):
            case "LITERAL":
                found.add(chr(value))
            case "RANGE":
                found.update(map(chr, range(value[0], value[1] + 1)))
            case "CATEGORY":
                found.update(string.whitespace)
    return [c for c in _PRINTABLE if c not in found] if negated else sorted(found)
