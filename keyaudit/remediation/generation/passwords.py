"""Keys from passwords, with a record that says all that is needed to derive the key again."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keyaudit.remediation.errors import RecordFormatError, WeakParameterError, WrongPasswordError
from keyaudit.remediation.generation import limits
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.generation.stretching import KINDS, Stretching, at_least, best_available
from keyaudit.remediation.generation.subkeys import derive_into
from keyaudit.remediation.memory.wiping import wipe

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PREFIX = "keyaudit-kdf-1"
_ROOT_BYTES = 32
_CHECK_BYTES = 32
_KEY_LABEL = b"keyaudit/password/1/key"


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """A key from a password. `key`: the bytes to use, never to be stored. `record`: text to
    store beside what the key protects; it is no secret, but lets guesses be tested, as any
    ciphertext does."""

    key: bytes = field(repr=False)
    record: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record taken apart: `$keyaudit-kdf-1$<algorithm>$<parameters>$<salt>$<check>`, salt
    and check value in base64 without padding."""

    parameters: Stretching
    salt: bytes
    check: bytes

    def __str__(self) -> str:
        """The record as text."""
        salt, check = (base64.b64encode(v).rstrip(b"=").decode() for v in (self.salt, self.check))
        parameters = self.parameters
        head = f"${_PREFIX}${parameters.name}${parameters.encode()}"
        return f"{head}${salt}${check}"  # keyaudit: ignore[KA315] the check value is no key

    @classmethod
    def parse(cls, text: str) -> Record:
        """The record that `str` wrote; `RecordFormatError` for anything else."""
        parts = text.split("$")
        if len(parts) != 6 or parts[0] or parts[1] != _PREFIX:
            raise RecordFormatError("this is no key derivation record of keyaudit, version 1")
        kind = KINDS.get(parts[2])
        if kind is None:
            raise RecordFormatError("the record names an algorithm that is not known here")
        salt, check = _decode(parts[4]), _decode(parts[5])
        if not limits.MIN_SALT_BYTES <= len(salt) <= 64 or len(check) != _CHECK_BYTES:
            raise RecordFormatError("the record's salt or check value has a wrong length")
        record = cls(kind.decode(parts[3]), salt, check)
        if str(record) != text:
            raise RecordFormatError("the record is not in its one canonical form")
        return record


def derive_key(
    password: str | Buffer,
    *,
    record: str | None = None,
    length: int = 32,
    parameters: Stretching | None = None,
) -> DerivedKey:
    """A key from a password, with a fresh salt; or, given its `record`, the same key again.

    `password`: text (in Unicode's NFKC form, SP 800-63B-4, 3.1.1.2, and UTF-8) or bytes.
    `length` of the key in bytes, 16 to 8160. `parameters`: `Argon2id`, `Scrypt` or `Pbkdf2`;
    by default Argon2id at RFC 9106's figures, or scrypt at OWASP's where the installed
    cryptography has no Argon2id. A record brings its own parameters.

    The password is stretched to 32 bytes; key and check value are derived from those by HKDF
    (RFC 5869, 2.3) under different labels, so the record tells nothing of the key.

    Raises `WrongPasswordError` when the password is not the record's, `RecordFormatError` for
    a damaged record, `WeakParameterError` for parameters below the limits or an empty
    password, ValueError when both record and parameters are given, `MissingBackendError` when
    Argon2id is asked for and not available.
    """
    if length < limits.MIN_DERIVED_BYTES:
        raise WeakParameterError(f"a key of {length} bytes", "16 bytes or more", limits.DERIVED)
    if record is None:
        chosen, salt = _new(parameters)
        root = chosen.stretch(password_bytes(password), salt, _ROOT_BYTES)
        return DerivedKey(_key(root, length), str(Record(chosen, salt, _check(root))))
    if parameters is not None:
        raise ValueError("a record brings its own parameters; give one of the two")
    parsed = Record.parse(record)
    root = parsed.parameters.stretch(password_bytes(password), parsed.salt, _ROOT_BYTES)
    if not constant_time_equal(_check(root), parsed.check):
        raise WrongPasswordError("the password does not belong to this record")
    return DerivedKey(_key(root, length), record)


def fill_and_record(
    target: memoryview, password: str | Buffer, parameters: Stretching | None = None
) -> str:
    """Fill `target` with a key made with a fresh salt, leaving no other, and return the record
    that gives it again; same errors as `derive_key`."""
    chosen, salt = _new(parameters)
    root = bytearray(_ROOT_BYTES)
    try:
        chosen.stretch_into(password_bytes(password), salt, root)
        _fill_key(target, root)
        return str(Record(chosen, salt, _check(root)))
    finally:
        wipe(root)


def fill_from_password(target: memoryview, password: str | Buffer, record: str) -> None:
    """Fill `target` with the key of `record`, leaving no other; same errors as `derive_key`."""
    parsed = Record.parse(record)
    root = bytearray(_ROOT_BYTES)
    try:
        parsed.parameters.stretch_into(password_bytes(password), parsed.salt, root)
        if not constant_time_equal(_check(root), parsed.check):
            raise WrongPasswordError("the password does not belong to this record")
        _fill_key(target, root)
    finally:
        wipe(root)


def verify(password: str | Buffer, record: str) -> bool:
    """Whether `password` is the one that `record` was made with.

    Raises `RecordFormatError` for a damaged record, `MissingBackendError` when its algorithm is
    not available here.
    """
    try:
        derive_key(password, record=record)
    except WrongPasswordError:
        return False
    return True


def needs_rehash(record: str, parameters: Stretching | None = None) -> bool:
    """Whether a record falls behind `parameters` (by default, those `derive_key` picks now).

    If so, derive a new key from the password when it is next at hand, and re-encrypt or re-wrap
    what the old key protects. Raises `RecordFormatError` for a damaged record.
    """
    wanted = best_available() if parameters is None else parameters
    return not at_least(Record.parse(record).parameters, wanted)


def password_bytes(password: str | Buffer) -> Buffer:
    """The bytes that are stretched; `WeakParameterError` for an empty password."""
    if isinstance(password, str):
        import unicodedata

        password = unicodedata.normalize("NFKC", password).encode("utf-8")
    if memoryview(password).nbytes == 0:
        raise WeakParameterError("an empty password", "at least one character", limits.DERIVED)
    return password


def _new(parameters: Stretching | None) -> tuple[Stretching, bytes]:
    chosen = best_available() if parameters is None else parameters
    chosen.check()
    chosen.check_bounds()
    return chosen, secrets.token_bytes(limits.MIN_SALT_BYTES)


def _fill_key(target: memoryview, root: bytearray) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    derive_into(HKDFExpand(hashes.SHA256(), len(target), _KEY_LABEL), root, target)


def _key(root: bytes | bytearray, length: int) -> bytes:
    return _expand(root, _KEY_LABEL, length)


def _check(root: bytes | bytearray) -> bytes:
    return _expand(root, b"keyaudit/password/1/check", _CHECK_BYTES)


def _expand(root: bytes | bytearray, label: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

    return HKDFExpand(hashes.SHA256(), length, label).derive(root)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise RecordFormatError("the record holds bad base64") from None
