"""Deterministic encryption (AES-SIV), so that a database can look encrypted values up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from keyaudit.remediation.errors import DecryptionError, EnvelopeFormatError
from keyaudit.remediation.lifecycle.algorithms import KeyAlgorithm, key_of
from keyaudit.remediation.lifecycle.rows import Values
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical, canonical_new
from keyaudit.remediation.wrapping.markers import LOOKUP, LOOKUP_TOKEN_BYTES

_ALGORITHM = KeyAlgorithm.AES_256_SIV


class Versions(Protocol):
    """The methods of a `KeyManager` that this module uses."""

    def _to_protect(self, name: str, algorithm: str) -> Values: ...

    def _to_open(self, name: str, key_id: str, algorithm: str) -> Values: ...

    def _lease(self, row: Values) -> AbstractContextManager[SecureKey]: ...

    def _published(self, name: str) -> list[Values]: ...

    def _id_of_token(self, name: str, token: str) -> str: ...


class LookupCipher:
    """Deterministic encryption by AES-SIV (RFC 5297) under a managed key: the same value in the
    same context gives the same bytes, so a database index can find them. Whoever sees the bytes
    therefore sees which values are equal, and how long they are. For data that is not looked up,
    use `KeyManager.cipher`.

        cipher = manager.lookup_cipher("mail-addresses")
        row.mail = cipher.encrypt(address, {"column": "users.mail"})
        found = query("SELECT ... WHERE mail IN (...)", cipher.candidates(address, {...}))

    Format: "KAES", the byte 1 (version), 8 bytes that identify the key version, the synthetic IV
    (16 bytes) and the ciphertext. After a rotation, `candidates` also finds values under older
    versions, until they are encrypted again. Made by `KeyManager.lookup_cipher`.
    """

    def __init__(self, manager: Versions, name: str) -> None:
        self._manager = manager
        self._name = name

    def encrypt(self, value: bytes, context: Context) -> bytes:
        """Encrypt `value` (1 byte or more) under the primary version, bound to `context`. Raises
        ValueError for an empty value or a bad context, `KeyStateError`."""
        bound = canonical_new(context)
        row = self._manager._to_protect(self._name, _ALGORITHM)
        return self._under(row, value, bound)

    def candidates(self, value: bytes, context: Context) -> list[bytes]:
        """The ciphertexts of `value` under each active or deactivated version that is neither
        archived nor scheduled for destruction: search for any of them. Errors as `encrypt`."""
        bound = canonical_new(context)
        rows = self._manager._published(self._name)
        return [self._under(row, value, bound) for row in rows if row["activated"] is not None]

    def decrypt(self, data: bytes, context: Context) -> bytes:
        """The value that `encrypt` encrypted. Raises `DecryptionError` when ciphertext, key and
        context do not belong together (its subclass `EnvelopeFormatError` for bytes of another
        format), `UnknownKeyError`, `KeyStateError`."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        start = len(LOOKUP) + LOOKUP_TOKEN_BYTES
        if not data.startswith(LOOKUP) or len(data) <= start + 16:
            raise EnvelopeFormatError("this was not made by a LookupCipher")
        key_id = self._manager._id_of_token(self._name, data[len(LOOKUP) : start].hex())
        row = self._manager._to_open(self._name, key_id, _ALGORITHM)
        with self._key(row) as key:
            try:
                return AESSIV(key.view()).decrypt(data[start:], [data[:start], canonical(context)])
            except InvalidTag:
                raise DecryptionError(REFUSED) from None

    def _under(self, row: Values, value: bytes, bound: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        if not value:
            raise ValueError("a value to look up has at least one byte")
        head = LOOKUP + bytes.fromhex(row["token"])
        with self._key(row) as key:
            return head + AESSIV(key.view()).encrypt(value, [head, bound])

    @contextmanager
    def _key(self, row: Values) -> Iterator[SecureKey]:
        with self._manager._lease(row) as secret, key_of(row, _ALGORITHM, secret) as key:
            yield key
