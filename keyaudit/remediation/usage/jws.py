"""JSON Web Signatures in compact form (RFC 7515), tokens (RFC 7519) and public JWKs (RFC 7517)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import DecryptionError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_NAMES = {
    "HMAC-SHA256": "HS256",
    "HMAC-SHA384": "HS384",
    "HMAC-SHA512": "HS512",
    "Ed25519": "EdDSA",
    "ECDSA-P-256": "ES256",
    "ECDSA-P-384": "ES384",
    "RSA-PSS-3072": "PS256",
    "RSA-PSS-4096": "PS256",
}
"""RFC 7518, 3.1, and RFC 8037, 3.1."""
_COORDINATE_BYTES = {"ECDSA-P-256": 32, "ECDSA-P-384": 48}
_MOST_BYTES = 1 << 16
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NO_TOKEN = "this is no signed token in compact form"  # noqa: S105


def name_of(algorithm: str) -> str:
    """The name of an algorithm in JWS, such as `ES256`. Raises ValueError when it has none."""
    try:
        return _NAMES[algorithm]
    except KeyError:
        raise ValueError(f"{algorithm} has no name in JWS") from None


def encode(data: bytes) -> str:
    """URL-safe base64 without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes that `encode` encoded. Raises `DecryptionError` for any other text, also for
    another spelling of the same bytes."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise DecryptionError(_NO_TOKEN) from None
    if encode(data) != text:
        raise DecryptionError(_NO_TOKEN)
    return data


def signing_input(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """The text that is signed: header and claims, encoded and joined by a dot. Raises ValueError
    for claims that are not JSON."""
    parts = []
    for part in (header, claims):
        try:
            text = json.dumps(part, separators=(",", ":"), allow_nan=False)
        except TypeError as error:
            raise ValueError(f"claims are JSON values: {error}") from None
        parts.append(encode(text.encode()))
    return ".".join(parts)


def begins_token(message: Buffer) -> bool:
    """Whether a message begins as what is signed of a token: a header that names an algorithm, in
    base64, and a dot. (What follows may be anything: RFC 7797.)"""
    text, dot, _ = bytes(memoryview(message)).partition(b".")
    if not dot or not text or text.strip(_BASE64):
        return False
    try:
        header = json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


def parse(token: str) -> tuple[dict[str, Any], dict[str, Any], str, bytes]:
    """The header, the claims, the text that is signed, and the signature of a token; nothing is
    verified yet. Raises `DecryptionError` for what is no token or is over 64 KiB."""
    if len(token) > _MOST_BYTES or not token.isascii() or token.count(".") != 2:
        raise DecryptionError(_NO_TOKEN)
    head, body, value = token.split(".")
    return _object(head), _object(body), f"{head}.{body}", decode(value)


def check_claims(
    claims: Mapping[str, Any],
    now: datetime,
    issuer: str | None,
    audience: str | None,
    leeway: timedelta,
) -> None:
    """Raise `DecryptionError` for claims that are not valid (RFC 7519, 4.1): `exp` (required) and
    `nbf` at the time `now`, give or take `leeway`; `iss`, when `issuer` is given; `aud`, when the
    token has it or `audience` is given."""
    if "exp" not in claims or now - leeway >= _time(claims["exp"]):
        raise DecryptionError("the token has expired, or says not when it does")
    if "nbf" in claims and now + leeway < _time(claims["nbf"]):
        raise DecryptionError("the token is not valid yet")
    if issuer is not None and claims.get("iss") != issuer:
        raise DecryptionError(f"the token is not issued by {issuer!r}")
    named = claims.get("aud", [])
    named = [named] if isinstance(named, str) else named
    if (audience is not None or named) and (not isinstance(named, list) or audience not in named):
        raise DecryptionError("the token is for somebody else")


def to_raw(algorithm: str, value: bytes) -> bytes:
    """A signature in JWS's form: for ECDSA, r and s as big-endian numbers of fixed length (RFC
    7518, 3.4) instead of DER; others as they are."""
    size = _COORDINATE_BYTES.get(algorithm)
    if size is None:
        return value
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return b"".join(each.to_bytes(size, "big") for each in decode_dss_signature(value))


def from_raw(algorithm: str, value: bytes) -> bytes:
    """The signature that `to_raw` converted. Raises `DecryptionError` for a wrong length."""
    size = _COORDINATE_BYTES.get(algorithm)
    if size is None:
        return value
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(value) != 2 * size:
        raise DecryptionError("the signature has another length than its algorithm's")
    return encode_dss_signature(
        int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
    )


def public_jwk(algorithm: str, public: bytes, key_id: str) -> dict[str, str]:
    """A public key as a JWK (RFC 7517, 4; RFC 7518, 6; RFC 8037, 2). `public`: SubjectPublicKeyInfo
    in DER. `key_id`: its `kid`. Raises ValueError for an algorithm without a name in JWS."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    found: dict[str, str] = {"kid": key_id, "use": "sig", "alg": name_of(algorithm)}
    key = load_der_public_key(public)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return found | {"kty": "OKP", "crv": "Ed25519", "x": encode(key.public_bytes_raw())}
    if isinstance(key, ec.EllipticCurvePublicKey):
        size = _COORDINATE_BYTES[algorithm]
        point = key.public_numbers()
        curve = f"P-{key.curve.key_size}"
        return found | {"kty": "EC", "crv": curve, "x": _integer(point.x, size),
                        "y": _integer(point.y, size)}  # fmt: skip
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return found | {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
    raise ValueError(f"{algorithm} has no form as a JWK")


def _integer(value: int, size: int | None = None) -> str:
    return encode(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(decode(part), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise DecryptionError(_NO_TOKEN) from None
    if not isinstance(found, dict):
        raise DecryptionError(_NO_TOKEN)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dict. Raises ValueError when a name occurs twice (RFC 7519, 4)."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _time(value: object) -> datetime:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise DecryptionError("the token's times are no numbers")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise DecryptionError("the token's times are out of range") from None
