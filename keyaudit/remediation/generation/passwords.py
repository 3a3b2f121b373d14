"""Derives keys from passwords, with a text record that holds what is needed to derive them
again."""

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
    """A key derived from a password.

    `key`: its bytes; never store them. `record`: text to store beside the data that the key
    protects. It is not secret, but whoever has it can test guesses of the password, as with any
    ciphertext under the key.
    """

    key: bytes = field(repr=False)
    record: str


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of a key derivation record,
    `$keyaudit-kdf-1$<algorithm>$<parameters>$<salt>$<check>`; salt and check value are in base64
    without padding.

    `parameters`: algorithm and cost. `salt`: 16 to 64 bytes. `check`: 32 bytes that show whether a
    password is the right one.
    """

    parameters: Stretching
    salt: bytes
    check: bytes

    def __str__(self) -> str:
        """The record as text."""
        salt, check = (base64.b64encode(v).rstrip(b"=").decode() for v in (self.salt, self.check))
        parameters = self.parameters
        head = f"${_PREFIX}${parameters.name}${parameters.encode()}"
        return f"{head}${salt}${check}"

    @classmethod
    def parse(cls, text: str) -> Record:
        """Parse the text that `str(record)` gives. Raises `RecordFormatError` for anything else."""
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
    """Derive a key from a password with a fresh salt, or, given the `record` of an earlier call,
    derive the same key again.

    `password`: text (taken in Unicode's NFKC form, SP 800-63B-4, 3.1.1.2, as UTF-8) or bytes.
    `length`: of the key in bytes, 16 to 8160. `parameters`: `Argon2id`, `Scrypt` or `Pbkdf2`; by
    default `Argon2id` with figures of RFC 9106, or `Scrypt` with OWASP's where the installed
    cryptography has no Argon2id. A record holds its own parameters.

    The password is stretched to 32 bytes. Key and check value are derived from these by HKDF-Expand
    with SHA-256 (RFC 5869, 2.3) under different labels, so the record tells nothing about the key.

    Raises `WrongPasswordError` when the password is not the record's; `RecordFormatError` for a
    malformed record and parameters out of bounds; `WeakParameterError` for parameters or a length
    below the limits or an empty password; ValueError for a length over 8160 bytes and when both
    record and parameters are given; `MissingBackendError` when Argon2id is asked for and not
    available.
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
    """Fill `target` with a key derived with a fresh salt, without another copy of it, and return
    its record. Errors as `derive_key`."""
    chosen, salt = _new(parameters)
    root = bytearray(_ROOT_BYTES)
    try:
        chosen.stretch_into(password_bytes(password), salt, root)
        _fill_key(target, root)
        return str(Record(chosen, salt, _check(root)))
    finally:
        wipe(root)


def fill_from_password(target: memoryview, password: str | Buffer, record: str) -> None:
    """Fill `target` with the key that belongs to `record`, without another copy of it. Errors as
    `derive_key`."""
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

    Raises `RecordFormatError` for a malformed record, `WeakParameterError` for an empty password,
    `MissingBackendError` when the record's algorithm is not available.
    """
    try:
        derive_key(password, record=record)
    except WrongPasswordError:
        return False
    return True


def needs_rehash(record: str, parameters: Stretching | None = None) -> bool:
    """Whether a record's parameters are of another algorithm than `parameters`, or lower in any
    figure. By default, `parameters` are those that `derive_key` would choose now.

    If so, derive a new key when the password is next entered, and encrypt or wrap again what the
    old key protects. Raises `RecordFormatError` for a malformed record.
    """
    wanted = best_available() if parameters is None else parameters
    return not at_least(Record.parse(record).parameters, wanted)


def password_bytes(password: str | Buffer) -> Buffer:
    """The bytes that are stretched: text in NFKC as UTF-8, bytes as they are. Raises
    `WeakParameterError` for an empty password."""
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
