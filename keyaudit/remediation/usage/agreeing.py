"""Key agreement: two sides derive the same key, each from its own private and the other's public
key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import WeakParameterError
from keyaudit.remediation.generation import limits
from keyaudit.remediation.generation.subkeys import derive_into
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.context import Context, canonical_new

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_LABEL = b"keyaudit/agreement/1"
_KINDS = "an X25519 key, or one on P-256 or P-384"


def agree_key(
    private: X25519PrivateKey | EllipticCurvePrivateKey,
    peer_public: X25519PublicKey | EllipticCurvePublicKey | bytes,
    info: Context,
    *,
    length: int = 32,
) -> SecureKey:
    """Derive the key that the holders of two private keys agree on. Both get the same, each from
    the own private key and the other's public key.

    `private`: an X25519 key (RFC 7748, 6.1), or one on P-256 or P-384 (NIST SP 800-56A Rev. 3,
    5.7.1.2). `peer_public`: the other side's public key of the same kind, an object or
    SubjectPublicKeyInfo in DER, obtained in a way that shows whose it is. `info`: what the key is
    for, and who the two sides are; equal on both sides. `length`: bytes of the key, 16 to 8160
    (12,240 on P-384).

    The agreed secret goes through HKDF (RFC 5869; SP 800-56C Rev. 2, 5) with SHA-256, on P-384 with
    SHA-384, without salt, and is given to nobody. HKDF's `info` is `keyaudit/agreement/1`; the
    length of the key (4 bytes, big-endian); both public keys as SubjectPublicKeyInfo, the smaller
    first; and `info` in its canonical form (see `Context`), each of these three preceded by its
    length (4 bytes, big-endian).

    With two keys that are kept, the same `info` gives the same key every time: put a nonce of 16
    random bytes or more into it (SP 800-56A, 6.3). With one that is made for this message alone, it
    differs by itself (6.2.2), and only the other side's key has to be kept.

    Raises `WeakParameterError` for a public key with which everybody agrees on zero (RFC 7748, 6.1)
    and a length under 16 bytes, ValueError for keys of different kinds, the own public key as the
    other's, bytes that are no public key on the curve and a length that is too large, TypeError for
    other kinds of keys.
    """
    hash = check_private(private)
    bound = canonical_new(info)
    if length < limits.MIN_DERIVED_BYTES:
        raise WeakParameterError(f"a key of {length} bytes", "16 bytes or more", limits.DERIVED)
    if length > 255 * hash.digest_size:
        raise ValueError(f"a key agreed on has at most {255 * hash.digest_size} bytes")
    peer = loaded_public(peer_public)
    own = private.public_key()
    if _kind(peer) != _kind(own):
        raise ValueError(f"a key on {_kind(own)} cannot agree with one on {_kind(peer)}")
    publics = sorted((encoded(own), encoded(peer)))
    if publics[0] == publics[1]:
        raise ValueError("the other side's public key is this side's own")
    return _derived(_secret(private, peer), hash, [*publics, bound], length)


def check_private(private: object) -> Any:
    """The hash that goes with a private key for key agreement. Raises TypeError for another
    object, ValueError for another curve."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, x25519

    if isinstance(private, x25519.X25519PrivateKey):
        return hashes.SHA256()
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"a private key that agrees is {_KINDS}")
    return hashes.SHA384() if _kind(private.public_key()) == "P-384" else hashes.SHA256()


def loaded_public(public: Any) -> Any:
    """A public key of an object, or of SubjectPublicKeyInfo in DER: on its curve, since
    pyca/cryptography loads no other (SP 800-56A, 5.6.2.3). Raises ValueError for other bytes and
    other curves, TypeError for other objects."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if isinstance(public, bytes | bytearray | memoryview):
        try:
            public = load_der_public_key(bytes(public))
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("this is no public key as SubjectPublicKeyInfo in DER") from None
    _kind(public)
    return public


def encoded(public: Any) -> bytes:
    """A public key as SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return made


def public_jwk(public: bytes, key_id: str) -> Mapping[str, str]:
    """A public key for key agreement as a JWK (RFC 7518, 6.2; RFC 8037, 2). `public`:
    SubjectPublicKeyInfo in DER. `key_id`: its `kid`."""
    from keyaudit.remediation.usage import jws

    key = loaded_public(public)
    found = {"kid": key_id, "use": "enc", "crv": _kind(key)}
    if _kind(key) == "X25519":
        return found | {"kty": "OKP", "x": jws.encode(key.public_bytes_raw())}
    point, size = key.public_numbers(), key.curve.key_size // 8
    x, y = (jws.encode(each.to_bytes(size, "big")) for each in (point.x, point.y))
    return found | {"kty": "EC", "x": x, "y": y}


def _kind(public: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, x25519

    if isinstance(public, x25519.X25519PublicKey):
        return "X25519"
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TypeError(f"a public key to agree with is {_KINDS}")
    if public.curve.name not in ("secp256r1", "secp384r1"):
        raise ValueError(f"the curves to agree on are P-256 and P-384, not {public.curve.name}")
    return f"P-{public.curve.key_size}"


def _secret(private: Any, peer: Any) -> bytearray:
    """The agreed secret. pyca gives it as `bytes`, of which a copy stays in freed memory."""
    from cryptography.hazmat.primitives.asymmetric import ec, x25519

    if isinstance(private, ec.EllipticCurvePrivateKey):
        return bytearray(private.exchange(ec.ECDH(), peer))
    assert isinstance(private, x25519.X25519PrivateKey)
    try:
        secret = bytearray(private.exchange(peer))
    except ValueError:
        secret = bytearray(32)
    if not any(secret):
        raise WeakParameterError(
            "an X25519 public key with which everybody agrees on zero",
            "a point that is not of low order",
            "RFC 7748, 6.1",
        )
    return secret


def _derived(secret: bytearray, hash: Any, parts: list[bytes], length: int) -> SecureKey:
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = _LABEL + length.to_bytes(4, "big")
    info += b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    kdf = HKDF(hash, length, None, info)
    with SecureKey(secret) as agreed:
        return SecureKey.filled(length, lambda view: derive_into(kdf, agreed.view(), view))
