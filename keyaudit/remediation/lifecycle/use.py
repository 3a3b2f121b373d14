"""The uses of managed keys: envelope encryption, lookups, signatures, MACs and key agreement."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import KeyStateError, PurposeError, UnknownKeyError
from keyaudit.remediation.lifecycle.agreement import ManagedAgreement
from keyaudit.remediation.lifecycle.algorithms import ENVELOPE, KeyAlgorithm
from keyaudit.remediation.lifecycle.archival import check_opens
from keyaudit.remediation.lifecycle.lookup_cipher import LookupCipher
from keyaudit.remediation.lifecycle.managed_key import ManagedKeys
from keyaudit.remediation.lifecycle.records import KeyVersion
from keyaudit.remediation.lifecycle.rotation import Rotation
from keyaudit.remediation.lifecycle.rows import Values
from keyaudit.remediation.lifecycle.signing import ManagedSigner
from keyaudit.remediation.lifecycle.states import KeyState
from keyaudit.remediation.lifecycle.usage_notes import Notes
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.envelope import EnvelopeCipher
from keyaudit.remediation.wrapping.legacy import LegacyReader

if TYPE_CHECKING:
    from keyaudit.remediation.auditing.auditor import Auditor
    from keyaudit.remediation.wrapping.cache import DataKeyCache


class Use(Rotation):
    """The operations of `KeyManager` that use keys."""

    def __init__(self, *arguments: Any) -> None:
        self._notes = Notes()
        self._warned: set[str] = set()
        super().__init__(*arguments)

    def cipher(
        self,
        name: str,
        *,
        cache: DataKeyCache | None = None,
        auditor: Auditor | None = None,
        legacy: Sequence[LegacyReader] = (),
    ) -> EnvelopeCipher:
        """Envelope encryption under a key (or alias): the primary version encrypts new data, and
        the version named in an envelope decrypts it. States are checked for every message, also
        with a `cache`, which only saves calls to unwrap data keys. `auditor` and `legacy` as for
        `EnvelopeCipher`. Raises `UnknownKeyError`, `PurposeError` for a key of another
        algorithm."""
        with self._read() as view:
            self._check_algorithm(self._key_row(view, self._resolved(view, name)), ENVELOPE)
        keys = ManagedKeys(self, name, ENVELOPE)
        return EnvelopeCipher(keys, cache=cache, auditor=auditor, legacy=legacy)

    def lookup_cipher(self, name: str) -> LookupCipher:
        """Deterministic encryption (AES-SIV), to look values up, under a key with the algorithm
        `KeyAlgorithm.AES_256_SIV`. Raises `UnknownKeyError`, `PurposeError` for a key of another
        algorithm."""
        with self._read() as view:
            row = self._key_row(view, self._resolved(view, name))
            self._check_algorithm(row, KeyAlgorithm.AES_256_SIV)
        return LookupCipher(self, name)

    def signer(self, name: str) -> ManagedSigner:
        """Signatures, MACs and JSON Web Tokens under a key with an algorithm for signatures or
        HMAC. Raises `UnknownKeyError`, `PurposeError` for a key of another algorithm."""
        algorithm = KeyAlgorithm(self.algorithm(name))
        if not algorithm.signs:
            raise PurposeError(f"key {name!r} is there for {algorithm}, not to sign")
        return ManagedSigner(self, name, algorithm)

    def agreement(self, name: str, *, auditor: Auditor | None = None) -> ManagedAgreement:
        """Key agreement, and messages sealed to a public key, under a key with the algorithm
        `KeyAlgorithm.X25519`, `ECDH_P256` or `ECDH_P384`. `auditor`: gets an event for every key
        agreed on and every message opened. Raises `UnknownKeyError`, `PurposeError` for a key of
        another algorithm."""
        algorithm = KeyAlgorithm(self.algorithm(name))
        if not algorithm.agrees:
            raise PurposeError(f"key {name!r} is there for {algorithm}, not for key agreement")
        return ManagedAgreement(self, name, algorithm, auditor)

    def _to_protect(self, name: str, algorithm: str) -> Values:
        """The row of the key's primary version, which may protect new data now."""
        keys, row, version = self._primary_of(name, algorithm)
        when_over = keys["when_over"]
        now = self._wall() if when_over == "warn" else self._time()
        if not self._is_over(version, keys, now):
            return row
        if when_over == "refuse":
            raise KeyStateError(f"{version.id} is past its cryptoperiod; rotate key {name!r}")
        if when_over == "warn":
            self._warn(version.id)
            return row
        self._rotate_when_due(version.key, "keyaudit")
        return self._to_protect(name, algorithm)

    def _primary_of(self, name: str, algorithm: str) -> tuple[Values, Values, KeyVersion]:
        """The rows of a key and of its primary version, and that version, if it is active."""
        what = ("protect", name, algorithm)
        kept: tuple[Values, Values, KeyVersion] | None = self._kept_of(what)
        if kept is not None:
            return kept
        with self._read() as view:
            key = self._resolved(view, name)
            keys = self._key_row(view, key)
            self._check_algorithm(keys, algorithm)
            version = self._primary(view, key)
            found = keys, self._version_row(view, key, version.number), version
            self._keep_of(what, found)
        return found

    def _to_open(self, name: str, key_id: str, algorithm: str) -> Values:
        """The row of the key's version with that id, which may decrypt existing data now."""
        _, row, version = self._version_of_id(name, key_id, algorithm)
        try:
            check_opens(version, self._time)
        except KeyStateError:
            self._keys.revoke(key_id)
            if self._notes.refused(key_id, self._wall(), str(version.state)):
                self.note_usage()
            raise
        if self._notes.opened(key_id, self._wall()):
            self.note_usage()
        return row

    def _to_agree(self, name: str, key_id: str, algorithm: str) -> Values:
        """The row of the key's version with that id, which may agree on keys now: an active one, or
        one that is reactivated for old data."""
        keys, _, version = self._version_of_id(name, key_id, algorithm)
        if version.state is KeyState.DEACTIVATED and version.archived is None:
            raise KeyStateError(f"{version.id} is deactivated, and agrees on no keys any more")
        is_strict = keys["when_over"] == "refuse"
        if self._is_over(version, keys, self._time() if is_strict else self._wall()):
            if is_strict:
                raise KeyStateError(f"{version.id} is past its cryptoperiod; deactivate it")
            self._warn(version.id)
        return self._to_open(name, key_id, algorithm)

    def _version_of_id(
        self, name: str, key_id: str, algorithm: str
    ) -> tuple[Values, Values, KeyVersion]:
        """The rows of a key and of its version with that id, and that version."""
        what = ("open", name, key_id, algorithm)
        kept: tuple[Values, Values, KeyVersion] | None = self._kept_of(what)
        if kept is not None:
            return kept
        with self._read() as view:
            key = self._resolved(view, name)
            keys = self._key_row(view, key)
            self._check_algorithm(keys, algorithm)
            row = view.version_of_id(key_id)
            if row is None or row["key"] != key:
                raise UnknownKeyError(f"the envelope is under no version of key {name!r}")
            found = keys, row, KeyVersion.of(row, keys["primary_number"])
            self._keep_of(what, found)
        return found

    def _time(self) -> datetime:
        with self._read() as view:
            return view.now

    def _lease(self, row: Values) -> AbstractContextManager[SecureKey]:
        """Context manager that gives a version's key: held in memory, or unwrapped by the root
        key."""
        material = row["material"]
        if material is None:
            raise KeyStateError(f"{row['id']} is destroyed")
        wrapped = bytes(material)
        return self._keys.decryption_key(
            row["id"], b"", wrapped, lambda: self._unwrap(wrapped, row["token"], row["key"])
        )

    def _warn(self, id: str) -> None:
        if id not in self._warned:
            self._warned.add(id)
            logging.getLogger("keyaudit.remediation").warning(
                "%s is past its cryptoperiod, and protects new data still; rotate it", id
            )

    @staticmethod
    def _check_algorithm(row: Values, algorithm: str) -> None:
        if row["algorithm"] != algorithm:
            raise PurposeError(
                f"key {row['name']!r} is there for {row['algorithm']}, not for {algorithm}"
            )

    def _published(self, name: str) -> list[Values]:
        """The rows of the key's versions that are pre-active, active or deactivated, and neither
        archived nor scheduled for destruction."""
        what = ("published", name)
        kept: list[Values] | None = self._kept_of(what)
        if kept is not None:
            return kept
        good = (KeyState.PRE_ACTIVATION, KeyState.ACTIVE, KeyState.DEACTIVATED)
        with self._read() as view:
            rows = [
                row
                for row in view.all("versions", self._resolved(view, name))
                if row["state"] in good and row["archived"] is None and row["destroy_at"] is None
            ]
            self._keep_of(what, rows)
        return rows

    def _id_of_token(self, name: str, wanted: str) -> str:
        """The id of the version with that token, which short formats have in place of the id."""
        what = ("token", name, wanted)
        kept: str | None = self._kept_of(what)
        if kept is not None:
            return kept
        with self._read() as view:
            rows = view.all("versions", self._resolved(view, name))
            ids = {str(row["token"]): str(row["id"]) for row in rows}
            if wanted in ids:
                self._keep_of(what, ids[wanted])
                return ids[wanted]
        raise UnknownKeyError(f"the value is under no version of key {name!r}")

    def _id_of_fingerprint(self, name: str, wanted: bytes) -> str:
        """The id of the version with that fingerprint, which a sealed message has in its place."""
        what = ("fingerprint", name, wanted.hex())
        kept: str | None = self._kept_of(what)
        if kept is not None:
            return kept
        with self._read() as view:
            for row in view.all("versions", self._resolved(view, name)):
                if bytes(row["fingerprint"]) == wanted:
                    self._keep_of(what, str(row["id"]))
                    return str(row["id"])
        raise UnknownKeyError(f"the message is sealed to no version of key {name!r}")
