"""Wraps a data key under several key encryption keys, any one of which unwraps it."""

from __future__ import annotations

import hmac
import struct
from typing import TYPE_CHECKING, Any

from keyaudit.remediation.errors import BackendError, DecryptionError, UnknownKeyError
from keyaudit.remediation.secure_key import SecureKey
from keyaudit.remediation.wrapping.aead import REFUSED
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.kek import KeyEncryptionKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_MAC_BYTES = 32
_LENGTH = struct.Struct(">H")


class AnyOf(KeyEncryptionKey):
    """A group of key encryption keys: every one wraps each data key, and any one unwraps it. For
    keys in several regions or services, for several operators, and for an escrow key (`EscrowKey`).

        root = AnyOf("orders", AwsKmsKey(eu_arn), AwsKmsKey(us_arn), EscrowKey(public_key))

    `id`: names the group in envelopes. `keys`: tried in this order to unwrap; one that fails is
    passed over, and a reader need not have all of them. A key added later does not unwrap what was
    wrapped before: use `rewrap` or `KeyManager.change_root`. Whoever has any one of the keys can
    unwrap; to *require* several people use `split_key`. Wrapped form: the byte 0, the number of
    keys (1 byte), for each key its id and its wrapped form, each preceded by its length (2 bytes,
    big-endian), and an HMAC-SHA-256 (32 bytes) of all that under a subkey of the wrapped key. So
    whoever unwraps by one key sees that nobody took out, or spoiled, what is there for another.
    Raises ValueError for no key, more than 255, and two with the same id.
    """

    def __init__(self, id: str, *keys: KeyEncryptionKey) -> None:
        if not 1 <= len(keys) <= 255 or len({key.id for key in keys}) != len(keys):
            raise ValueError("a group has 1 to 255 keys, each with an id of its own")
        self._id = id
        self._keys = keys

    @property
    def id(self) -> str:
        """The group's name in envelopes."""
        return self._id

    @property
    def anyone_can_wrap(self) -> bool:
        """See `KeyEncryptionKey`: whether that holds for any key of the group."""
        return any(member.anyone_can_wrap for member in self._keys)

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap `key`, of 16 bytes or more, under every key of the group; fails when any of them
        does. See `KeyEncryptionKey.wrap`; same errors, and `WeakParameterError` for a shorter
        key."""
        parts = [bytes((0, len(self._keys)))]
        for member in self._keys:
            for part in (member.id.encode(), member.wrap(key, context)):
                parts += _LENGTH.pack(len(part)), part
        text = b"".join(parts)
        return text + _mac(key, text)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` wrapped, from the first key of the group that unwraps it. A key that
        cannot now (its service does not answer, it is an `EscrowKey` without its private key) is
        passed over. Raises `UnknownKeyError` when it was wrapped under none of the keys that could,
        else the `DecryptionError` or `BackendError` of the last key that was tried. Raises
        `DecryptionError` as well when what is there for any key of the group was changed."""
        found = _members(wrapped)
        error: Exception = UnknownKeyError("the data key is under no key of the group at hand")
        for member in self._keys:
            if member.id in found:
                try:
                    return _checked(member.unwrap(found[member.id], context), wrapped)
                except (BackendError, DecryptionError) as caught:
                    error = caught
                except UnknownKeyError as caught:
                    error = caught if isinstance(error, UnknownKeyError) else error
        raise error


class EscrowKey(KeyEncryptionKey):
    """A public key for data recovery: its private key is kept away, to unwrap when all other keys
    are lost.

    Wraps by RSA-OAEP with SHA-256 (RFC 8017, 7.1; 3072 bits or more), or for an X25519 key by HPKE
    (RFC 9180, as `encrypt_key_for`), bound to the context. Anybody with the public key can wrap, so
    it does not show who made an envelope; use it as a member of a group (`AnyOf`). `private`:
    needed only to unwrap. `id`: by default from the public key. Errors as `encrypt_key_for`.
    """

    def __init__(
        self,
        public: RSAPublicKey | X25519PublicKey,
        *,
        private: RSAPrivateKey | X25519PrivateKey | None = None,
        id: str | None = None,
    ) -> None:
        from keyaudit.remediation.wrapping import recipients

        recipients.check_recipient(public)
        self._public = public
        self._private = private
        self._id = f"escrow:{recipients.fingerprint(public).hex()[:32]}" if id is None else id

    @property
    def id(self) -> str:
        """The key's name in envelopes."""
        return self._id

    @property
    def anyone_can_wrap(self) -> bool:
        """See `KeyEncryptionKey`: true with the private key; without, it unwraps nothing."""
        return self._private is not None

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """See `KeyEncryptionKey.wrap`; errors as `encrypt_key_for`."""
        from keyaudit.remediation.wrapping import recipients

        return recipients.sealed_to(self._public, key, canonical(context))[1]

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` wrapped. Raises `DecryptionError` for another key, context or bytes,
        `UnknownKeyError` without the private key, `MissingBackendError` without HPKE."""
        from keyaudit.remediation.wrapping import recipients

        if self._private is None:
            raise UnknownKeyError("the private key of the escrow key is kept elsewhere")
        return SecureKey.copy_of(recipients.opened(self._private, wrapped, canonical(context)))


def _mac(key: SecureKey, text: bytes) -> bytes:
    with key.derive_subkey("keyaudit/group/1") as subkey:
        return hmac.digest(subkey.view(), text, "sha256")


def _checked(key: SecureKey, wrapped: bytes) -> SecureKey:
    """The key, if the wrapped form is the one that was made with it."""
    try:
        if hmac.compare_digest(_mac(key, wrapped[:-_MAC_BYTES]), wrapped[-_MAC_BYTES:]):
            return key
        raise DecryptionError(REFUSED)
    except BaseException:
        key.close()
        raise


def _members(wrapped: bytes) -> dict[str, bytes]:
    try:
        at = 2
        fields: list[bytes] = []
        if wrapped[0] != 0:
            raise ValueError
        for _ in range(2 * wrapped[1]):
            (length,) = _LENGTH.unpack_from(wrapped, at)
            at += _LENGTH.size
            fields.append(wrapped[at : at + length])
            at += length
        if at + _MAC_BYTES != len(wrapped):
            raise ValueError
        pairs: Any = zip(fields[::2], fields[1::2], strict=True)
        return {id.decode(): part for id, part in pairs}
    except (IndexError, struct.error, ValueError):
        raise DecryptionError(REFUSED) from None
