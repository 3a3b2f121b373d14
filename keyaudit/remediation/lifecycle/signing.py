"""Signatures and MACs under managed keys, as bytes and as JSON Web Tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from keyaudit.remediation.errors import DecryptionError, UnknownKeyError
from keyaudit.remediation.lifecycle.algorithms import KeyAlgorithm, key_of, loaded
from keyaudit.remediation.lifecycle.rows import Values
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.usage import jws

if TYPE_CHECKING:
    from typing_extensions import Buffer

_WRONG = "the signature does not belong to this message and key"


class Versions(Protocol):
    """The methods of a `KeyManager` that this module uses."""

    def _to_protect(self, name: str, algorithm: str) -> Values: ...

    def _to_open(self, name: str, key_id: str, algorithm: str) -> Values: ...

    def _lease(self, row: Values) -> AbstractContextManager[SecureKey]: ...

    def _published(self, name: str) -> list[Values]: ...

    def _token_time(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature. `key_id`: the id of the key version that made it. `value`: the signature's
    bytes; for ECDSA in DER (FIPS 186-5; RFC 3279, 2.2.3)."""

    key_id: str
    value: bytes


class ManagedSigner:
    """Signs under a key's primary version, and verifies under each version that its state allows:
    active and deactivated ones, and archived and compromised ones while reactivated.

    Made by `KeyManager.signer`. Threads may share it. Methods that use a version raise
    `KeyStateError` when its state forbids that.
    """

    def __init__(self, manager: Versions, name: str, algorithm: str) -> None:
        self._manager = manager
        self._name = name
        self._algorithm = KeyAlgorithm(algorithm)

    @property
    def algorithm(self) -> KeyAlgorithm:
        """The algorithm of the key."""
        return self._algorithm

    def sign(self, message: Buffer) -> Signature:
        """Sign `message` (or compute its MAC) under the primary version. Raises ValueError for one
        that begins as a JSON Web Token does (RFC 7515, 5.1): whoever chooses the message would have
        a token with claims of their own, which only `sign_jwt` makes."""
        if jws.begins_token(message):
            raise ValueError("the message begins as a token does: sign_jwt makes tokens")
        row = self._manager._to_protect(self._name, self._algorithm)
        with self._key(row) as key:
            return Signature(row["id"], _sign(self._algorithm, key, bytes(memoryview(message))))

    def verify(self, message: Buffer, signature: Signature) -> None:
        """Verify a signature that `sign` made. Raises `DecryptionError` when it does not belong to
        the message or is that of a token, `UnknownKeyError` when no version of this key made it."""
        if jws.begins_token(message):
            raise DecryptionError(_WRONG)
        row = self._manager._to_open(self._name, signature.key_id, self._algorithm)
        self._check(row, bytes(memoryview(message)), signature.value)

    def sign_jwt(self, claims: Mapping[str, Any], *, lifetime: timedelta) -> str:
        """A signed JSON Web Token (RFC 7519) with `claims`, and `iat` and `exp` set from the
        current time and `lifetime` (a timedelta). Its `kid` is the id of the version. Raises
        ValueError for a lifetime not above 0, for claims that are not JSON and for an algorithm
        without a name in JWS (RFC 7518)."""
        if lifetime <= timedelta():
            raise ValueError("a token's lifetime is above 0")
        now = self._manager._token_time()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        row = self._manager._to_protect(self._name, self._algorithm)
        header = {"alg": jws.name_of(self._algorithm), "kid": row["id"], "typ": "JWT"}
        signed = jws.signing_input(header, {**claims, **times})
        with self._key(row) as key:
            value = _sign(self._algorithm, key, signed.encode("ascii"))
        return f"{signed}.{jws.encode(jws.to_raw(self._algorithm, value))}"

    def verify_jwt(
        self,
        token: str,
        *,
        issuer: str | None = None,
        audience: str | None = None,
        leeway: timedelta = timedelta(seconds=30),
    ) -> dict[str, Any]:
        """Verify a token that `sign_jwt` (or another holder of the key) made; returns its claims.

        The token's `alg` must be this key's, and does not choose the algorithm. `exp` is required.
        `leeway`: the allowed difference between clocks. `issuer`: must equal `iss` when given.
        `audience`: must be in `aud`; required for a token that has `aud` (RFC 7519, 4.1.3). Raises
        `DecryptionError` for an invalid token, saying why, `UnknownKeyError` when no version of
        this key made it, `ClockError` when the clock is far behind the store's last record,
        ValueError for an algorithm without a name in JWS.
        """
        header, claims, signed, value = jws.parse(token)
        if header.get("alg") != jws.name_of(self._algorithm) or "crit" in header:
            raise DecryptionError(f"the token is not signed by {jws.name_of(self._algorithm)}")
        key_id = header.get("kid")
        if not isinstance(key_id, str):
            raise UnknownKeyError("the token names no key")
        row = self._manager._to_open(self._name, key_id, self._algorithm)
        self._check(row, signed.encode("ascii"), jws.from_raw(self._algorithm, value))
        jws.check_claims(claims, self._manager._token_time(), issuer, audience, leeway)
        return claims

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK Set (RFC 7517, 5), for others to verify with: of versions that
        are pre-active (`KeyManager.add_version`; publish them before they sign), active or
        deactivated, and not archived or scheduled for destruction. Raises ValueError for a secret
        key, and for an algorithm without a JWK form."""
        if self._algorithm.is_secret:
            raise ValueError(f"{self._algorithm} has no public key")
        return {
            "keys": [
                jws.public_jwk(self._algorithm, bytes(row["public"]), row["id"])
                for row in self._manager._published(self._name)
            ]
        }

    def public_keys(self) -> dict[str, bytes]:
        """The public keys of the same versions by version id, as SubjectPublicKeyInfo in DER (RFC
        5280, 4.1.2.7)."""
        return {row["id"]: bytes(row["public"]) for row in self._manager._published(self._name)}

    @contextmanager
    def _key(self, row: Values) -> Iterator[SecureKey]:
        with self._manager._lease(row) as secret, key_of(row, self._algorithm, secret) as key:
            yield key

    def _check(self, row: Values, message: bytes, value: bytes) -> None:
        if self._algorithm.is_secret:
            with self._key(row) as key:
                _verify_mac(self._algorithm, key, message, value)
        else:
            _verify(self._algorithm, bytes(row["public"]), message, value)


def _sign(algorithm: KeyAlgorithm, key: SecureKey, message: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    if algorithm.is_secret:
        return _mac(algorithm, key, message)
    private = loaded(key)
    if algorithm in _HASHES:
        hash = getattr(hashes, _HASHES[algorithm])()
        value: bytes = private.sign(message, ec.ECDSA(hash))
    elif algorithm in _PSS:
        value = private.sign(message, _padding(), hashes.SHA256())
    else:
        value = private.sign(message)
    return value


def _verify(algorithm: KeyAlgorithm, public: bytes, message: bytes, value: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key: Any = load_der_public_key(public)
    try:
        if algorithm in _HASHES:
            key.verify(value, message, ec.ECDSA(getattr(hashes, _HASHES[algorithm])()))
        elif algorithm in _PSS:
            key.verify(value, message, _padding(), hashes.SHA256())
        else:
            key.verify(value, message)
    except InvalidSignature:
        raise DecryptionError(_WRONG) from None


def _mac(algorithm: KeyAlgorithm, key: SecureKey, message: bytes) -> bytes:
    import hmac

    return hmac.digest(key.view(), message, algorithm.removeprefix("HMAC-"))


def _verify_mac(algorithm: KeyAlgorithm, key: SecureKey, message: bytes, value: bytes) -> None:
    import hmac

    if not hmac.compare_digest(_mac(algorithm, key, message), value):
        raise DecryptionError(_WRONG)


def _padding() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


_HASHES = {KeyAlgorithm.ECDSA_P256: "SHA256", KeyAlgorithm.ECDSA_P384: "SHA384"}
_PSS = (KeyAlgorithm.RSA_PSS_3072, KeyAlgorithm.RSA_PSS_4096)
