"""JSON Web Keys (RFC 7517), in JSON and in source code: as dicts or escaped strings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, x448, x25519

from keyaudit.core.patterns import regex
from keyaudit.material import der, keyparts
from keyaudit.material.types import Kind, Material, MaterialError, PublicKey

# It begins with letters, for which a text is searched fast; the quote before them is told apart.
_TYPE = regex(r"""kty\\?["']\s*:\s*\\?["'](?P<type>RSA|EC|OKP|oct)\\?["']""")
# Between two pieces of a text that the language puts together.
_JOINT = r"""["']\s*[\\+]?\s*[rbu]{0,2}["']"""
_MEMBER = regex(
    r"""\\?["'](?P<name>[A-Za-z_]{1,20})\\?["']\s*:\s*[(]?\s*[rbu]{0,2}\\?["']"""
    rf"""(?P<value>[^"'\\]{{0,4000}}(?:{_JOINT}[^"'\\]{{0,400}}){{0,60}})\\?["']"""
)
_JOINTS = regex(_JOINT)
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}  # fmt: skip
_RAW: Mapping[str, Any] = {
    "Ed25519": ed25519.Ed25519PublicKey, "Ed448": ed448.Ed448PublicKey,
    "X25519": x25519.X25519PublicKey, "X448": x448.X448PublicKey,
}  # fmt: skip
_LONGEST = 16_000
# A shorter symmetric key is a stand-in; RFC 7518 3.2 asks for 32 bytes.
_LEAST_SYMMETRIC = 16


def read(text: str) -> Iterator[Material]:
    """The keys in a text, in order, with their offsets; malformed ones are left out."""
    for named in _TYPE.finditer(text):
        start = named.start() - 1
        if start < 0 or text[start] not in "\"'":
            continue
        start -= text.endswith("\\", 0, start)
        around = _object(text, start, named.end())
        if around is None:
            continue
        members = {
            match["name"]: _JOINTS.sub("", match["value"])
            for match in _MEMBER.finditer(text, *around)
        }
        try:
            kind, key = _read(members)
        except MaterialError:
            continue
        hidden = tuple(v for k, v in members.items() if k in _SECRET_MEMBERS and v)
        yield Material(kind, "JSON Web Key", key, start=start, end=named.end(), hidden=hidden)


def _object(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The braces around a member that have no other braces in them."""
    opening = text.rfind("{", max(0, start - _LONGEST), start)
    closing = text.find("}", end, end + _LONGEST)
    if opening < 0 or closing < 0 or text.find("}", opening, start) >= 0:
        return None
    inner = text.find("{", end, closing)
    return (opening, closing if inner < 0 else inner)


def _read(members: Mapping[str, str]) -> tuple[Kind, PublicKey]:
    """Raises MaterialError."""
    if "kty" not in members:  # it stands in the value of another one
        raise MaterialError("is no key")
    kind = Kind.PRIVATE if members.get("d") else Kind.PUBLIC
    if kind is Kind.PRIVATE:
        _bytes(members, "d")
    match members["kty"]:
        case "RSA":
            modulus, exponent = _bytes(members, "n"), _bytes(members, "e")
            key = keyparts.rsa_key(int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"))
        case "EC":
            curve = _CURVES.get(members.get("crv", ""))
            if curve is None:
                raise MaterialError("is on an unknown curve")
            x, y = (int.from_bytes(_bytes(members, name), "big") for name in "xy")
            with der.guarded():
                key = der.of_public(ec.EllipticCurvePublicNumbers(x, y, curve).public_key())
        case "OKP":
            make = _RAW.get(members.get("crv", ""))
            if make is None:
                raise MaterialError("is on an unknown curve")
            raw = _bytes(members, "x")
            with der.guarded():
                key = der.of_public(make.from_public_bytes(raw))
        case _:
            size = len(_bytes(members, "k"))
            if size < _LEAST_SYMMETRIC:
                raise MaterialError("is too short for a key")
            return Kind.SYMMETRIC, PublicKey("", size * 8)
    return kind, key


def _bytes(members: Mapping[str, str], name: str) -> bytes:
    value = members.get(name, "")
    try:
        data = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MaterialError("is no base64") from None
    if not data:
        raise MaterialError("is empty")
    return data
