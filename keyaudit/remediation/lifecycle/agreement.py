"""Key agreement under managed keys, and messages sealed to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from keyaudit.remediation.errors import KeyStateError, PurposeError
from keyaudit.remediation.lifecycle.algorithms import KeyAlgorithm, key_of, loaded
from keyaudit.remediation.lifecycle.rows import Values
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.usage.agreeing import agree_key, public_jwk
from keyaudit.remediation.usage.sealing import fingerprint_in, open_sealed
from keyaudit.remediation.wrapping.context import Context

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    from keyaudit.remediation.auditing.auditor import Auditor

_REFUSALS = (KeyStateError, PurposeError)


class Versions(Protocol):
    """The methods of a `KeyManager` that this module uses."""

    def _to_protect(self, name: str, algorithm: str) -> Values: ...

    def _to_agree(self, name: str, key_id: str, algorithm: str) -> Values: ...

    def _to_open(self, name: str, key_id: str, algorithm: str) -> Values: ...

    def _lease(self, row: Values) -> AbstractContextManager[SecureKey]: ...

    def _published(self, name: str) -> list[Values]: ...

    def _id_of_fingerprint(self, name: str, wanted: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class AgreementKey:
    """A public key that others agree with and seal to. `key_id`: the id of its version, to be given
    back to `ManagedAgreement.agree`. `value`: the key as SubjectPublicKeyInfo in DER bytes."""

    key_id: str
    value: bytes


class ManagedAgreement:
    """Agrees on keys with others under a key's versions, and opens what was sealed to them.

        agreement = manager.agreement("partners")
        ours = agreement.public_key()  # goes to the other side, with ours.key_id
        with agreement.agree(theirs, {"for": "orders", "nonce": nonce}, key_id=ours.key_id) as key:
            ...

    Each version that is active agrees: the primary one, and those that a rotation or `promote` has
    left active until `KeyManager.deactivate`, so that others have time to fetch the new public key.
    A deactivated version agrees on nothing new (NIST SP 800-57 Part 1 Rev. 5, 7.4), and still opens
    what was sealed to it, as an archived and compromised one does while reactivated.

    Made by `KeyManager.agreement`. Threads may share it. Methods that use a version raise
    `KeyStateError` when its state forbids that.
    """

    def __init__(
        self, manager: Versions, name: str, algorithm: str, auditor: Auditor | None
    ) -> None:
        self._manager = manager
        self._name = name
        self._algorithm = KeyAlgorithm(algorithm)
        self._auditor = auditor

    @property
    def algorithm(self) -> KeyAlgorithm:
        """The algorithm of the key."""
        return self._algorithm

    def public_key(self) -> AgreementKey:
        """The primary version's public key. Raises `KeyStateError` when there is none or it is not
        active."""
        row = self._manager._to_protect(self._name, self._algorithm)
        return AgreementKey(row["id"], bytes(row["public"]))

    def public_keys(self) -> dict[str, bytes]:
        """The public keys by version id, as SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7), of
        versions that agree, or will: active and pre-active ones (`KeyManager.add_version`)."""
        return {row["id"]: bytes(row["public"]) for row in self._offered()}

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The same as a JWK Set (RFC 7517, 5; RFC 8037, 2)."""
        return {"keys": [dict(public_jwk(row["public"], row["id"])) for row in self._offered()]}

    def agree(
        self,
        peer_public: X25519PublicKey | EllipticCurvePublicKey | bytes,
        info: Context,
        *,
        key_id: str | None = None,
        length: int = 32,
    ) -> SecureKey:
        """Derive the key that this key and the other side's agree on; `agree_key` derives it on the
        other side. The agreed secret itself is given to nobody.

        `peer_public`, `info` and `length` (bytes) as for `agree_key`. `key_id`: of the version
        whose public key the other side used (`AgreementKey.key_id`); by default the primary one.
        Raises `UnknownKeyError` when no version of this key has that id, and as `agree_key`.
        """
        name, algorithm = self._name, self._algorithm
        with self._observed("agree", key_id, info):
            if key_id is None:
                row = self._manager._to_protect(name, algorithm)
            else:
                row = self._manager._to_agree(name, key_id, algorithm)
            with self._private(row) as private:
                return agree_key(private, peer_public, info, length=length)

    def open(self, sealed: bytes, context: Context) -> bytes:
        """The data that somebody sealed to one of this key's versions by `seal_to`. Raises
        `DecryptionError` when message, key and context do not belong together (its subclass
        `EnvelopeFormatError` for bytes of another format), `UnknownKeyError` when it is sealed to
        no version of this key, `MissingBackendError` without HPKE."""
        key_id = self._manager._id_of_fingerprint(self._name, fingerprint_in(sealed))
        with self._observed("open-sealed", key_id, context, len(sealed)):
            row = self._manager._to_open(self._name, key_id, self._algorithm)
            with self._private(row) as private:
                return open_sealed(private, sealed, context)

    def _offered(self) -> list[Values]:
        return [
            row for row in self._manager._published(self._name) if row["state"] != "deactivated"
        ]

    @contextmanager
    def _private(self, row: Values) -> Iterator[Any]:
        with self._manager._lease(row) as secret, key_of(row, self._algorithm, secret) as key:
            yield loaded(key)

    def _observed(
        self, operation: str, key_id: str | None, context: Context, size: int = 0
    ) -> AbstractContextManager[object]:
        if self._auditor is None:
            return contextlib.nullcontext()
        if key_id is None:
            key_id = str(self._manager._to_protect(self._name, self._algorithm)["id"])
        return self._auditor.observe(
            operation, key_id, size=size, context=context, refusals=_REFUSALS
        )
