"""A key encryption key on this machine: in memory, or in a file protected by a passphrase."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import DecryptionError, RecordFormatError, WeakParameterError
from keyaudit.remediation.generation.passphrases import Passphrase, used
from keyaudit.remediation.memory.wiping import wipe
from keyaudit.remediation.secure_key import SecureKey, check_secure
from keyaudit.remediation.shares import combine_shares, split_key
from keyaudit.remediation.wrapping import aead
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.files import write_new, write_over
from keyaudit.remediation.wrapping.kek import DATA_KEY_BYTES, KeyEncryptionKey

if TYPE_CHECKING:
    from keyaudit.remediation.generation.stretching import Stretching

_LABEL = b"keyaudit/wrap/1"
_SALT_BYTES = 32
_ONE_NONCE = bytes(12)
_VERSION = 1
_FIELD = "keyaudit-key-file"


class LocalKey(Closing, KeyEncryptionKey):
    """A key encryption key in locked memory. It takes ownership of `key`; `close` wipes it.

    `key`: 32 bytes, else `WeakParameterError`. `id`: any text, which names the key permanently.

    Wrapped form: a random salt (32 bytes), then ciphertext and tag of AES-256-GCM with a zero nonce
    under HKDF-SHA-256(key, salt, label), with label, id and canonical context as associated data.
    Each wrapping has its own derived key, so their number is not limited.
    """

    def __init__(self, key: SecureKey, id: str) -> None:
        check_secure(key)
        if len(key) != DATA_KEY_BYTES:
            raise WeakParameterError(
                f"a key encryption key of {len(key)} bytes",
                "32 bytes: no weaker than the data keys it wraps",
                "NIST SP 800-57 Part 1 Rev. 5, 6.2.1.3",
            )
        self._key = key
        self._id = id
        self._associated = _aad(id)

    @property
    def id(self) -> str:
        """The key's name in envelopes."""
        return self._id

    @classmethod
    def generate(cls, id: str | None = None) -> Self:
        """A fresh key that exists in this process only. `id`: by default random."""
        return cls(SecureKey.generate(), _fresh_id() if id is None else id)

    @classmethod
    def create(
        cls,
        file: str | os.PathLike[str],
        passphrase: Passphrase,
        *,
        parameters: Stretching | None = None,
    ) -> Self:
        """Generate a key and write it to a new file, protected by a passphrase and readable by the
        owner only (mode 600).

        The file is JSON: a key derivation record (see `derive_key` for it and `parameters`), and
        the key encrypted under the key derived from the passphrase. A `bytearray` is wiped in any
        case. Raises FileExistsError when the file exists, `WeakParameterError` as `derive_key` and
        for a passphrase that has less than 15 characters, repeats itself, follows the alphabet or
        keyboard, or is commonly used (SP 800-63B-4, 3.1.1.2), OSError, and what a callable raises.
        """
        with used(passphrase, new=True) as secret:
            key = cls.generate()
            try:
                write_new(Path(file), _sealed(key, secret, parameters))
            except BaseException:
                key.close()
                raise
        return key

    @classmethod
    def open(cls, file: str | os.PathLike[str], passphrase: Passphrase) -> Self:
        """Open the key in a file that `create` made. A `bytearray` is wiped in any case.

        Raises `WrongPasswordError`, `RecordFormatError` for a damaged file, OSError, and what a
        callable raises.
        """
        with used(passphrase) as secret:
            return cls._opened(file, secret)

    @classmethod
    def _opened(cls, file: str | os.PathLike[str], passphrase: bytearray) -> Self:
        try:
            data: Any = json.loads(Path(file).read_text("utf-8"))
            if data[_FIELD] != _VERSION:
                raise RecordFormatError(f"{file} is a key file of an unknown version")
            record, id = str(data["record"]), str(data["id"])
            sealed = base64.b64decode(data["key"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, RecordFormatError):
                raise
            raise RecordFormatError(f"{file} is no key file of keyaudit") from None
        with SecureKey.from_password(passphrase, record) as outer:
            cipher = aead.aes_gcm(outer.view())
            try:
                return cls(aead.open_key(cipher, _ONE_NONCE, memoryview(sealed), _aad(id)), id)
            except DecryptionError:
                raise RecordFormatError(f"{file} was changed since it was written") from None

    @classmethod
    def change_passphrase(
        cls,
        file: str | os.PathLike[str],
        old: Passphrase,
        new: Passphrase,
        *,
        parameters: Stretching | None = None,
    ) -> None:
        """Rewrite a key file under another passphrase or stronger parameters, in one step.

        The key stays the same, so nothing needs to be wrapped again; but whoever has the old file
        and the old passphrase still has the key. Raises as `open` and `create`.
        """
        with used(new, new=True) as secret, cls.open(file, old) as key:
            write_over(Path(file), _sealed(key, secret, parameters))

    def split(self, *, shares: int, threshold: int) -> list[str]:
        """The key as shares, any `threshold` of which restore it; numbers and errors as
        `split_key`. Keep the key's id with them."""
        return split_key(self._key, shares=shares, threshold=threshold)

    @classmethod
    def from_shares(cls, shares: Iterable[str], id: str) -> Self:
        """The key that `split` split. `id`: its id. Errors as `combine_shares`, and
        `WeakParameterError` for a key of another length."""
        return cls(combine_shares(shares), id)

    def keep(
        self,
        file: str | os.PathLike[str],
        passphrase: Passphrase,
        *,
        parameters: Stretching | None = None,
    ) -> None:
        """Write this key to a new file, as `create` does; same errors."""
        with used(passphrase, new=True) as secret:
            write_new(Path(file), _sealed(self, secret, parameters))

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap `key`, bound to `context`."""
        associated = self._associated + canonical(context)
        salt = secrets.token_bytes(_SALT_BYTES)
        derived = bytearray(DATA_KEY_BYTES)
        try:
            aead.expand(derived, self._key, salt, _LABEL)
            # keyaudit: ignore[KA403] the key is derived for this one message
            sealed: bytes = aead.aes_gcm(derived).encrypt(_ONE_NONCE, key.view(), associated)
        finally:
            wipe(derived)
        return salt + sealed

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` wrapped. Raises `DecryptionError` for another key, context or
        bytes."""
        associated = self._associated + canonical(context)
        salt, sealed = wrapped[:_SALT_BYTES], memoryview(wrapped)[_SALT_BYTES:]
        derived = bytearray(DATA_KEY_BYTES)
        try:
            aead.expand(derived, self._key, salt, _LABEL)
            return aead.open_key(aead.aes_gcm(derived), _ONE_NONCE, sealed, associated)
        finally:
            wipe(derived)

    def close(self) -> None:
        """Wipe the key."""
        self._key.close()

    def __repr__(self) -> str:
        return f"<LocalKey {self._id!r}>"


def _sealed(key: LocalKey, passphrase: bytearray, parameters: Stretching | None) -> bytes:
    from keyaudit.remediation.generation.passwords import fill_and_record

    records: list[str] = []
    with SecureKey.filled(
        32, lambda view: records.append(fill_and_record(view, passphrase, parameters))
    ) as outer:
        cipher = aead.aes_gcm(outer.view())
        # The nonce is zero and used once: a fresh salt makes a fresh key for every file.
        # keyaudit: ignore[KA403] the fresh salt makes a key for this one file
        sealed = cipher.encrypt(_ONE_NONCE, key._key.view(), _aad(key.id))
    text = {
        _FIELD: _VERSION,
        "id": key.id,
        "record": records[0],
        "key": base64.b64encode(sealed).decode("ascii"),
    }
    return (json.dumps(text, indent=2) + "\n").encode()


def _aad(id: str) -> bytes:
    name = id.encode()
    return _LABEL + len(name).to_bytes(2, "big") + name


def _fresh_id() -> str:
    return f"local:{secrets.token_hex(16)}"
