"""One data key under several key encryption keys, any of which opens it."""

from __future__ import annotations

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

_LENGTH = struct.Struct(">H")


class AnyOf(KeyEncryptionKey):
    """A key encryption key of several: each wraps every data key, and any one unwraps it. For keys
    of several regions or services, for several operators, and for an escrow key (`EscrowKey`).

        root = AnyOf("orders", AwsKmsKey(eu_arn), AwsKmsKey(us_arn), EscrowKey(public_key))

    `id` names the group in envelopes. `keys` are asked in this order; one that is away, or is not
    at hand where it is read (give those that are), is passed over. What was wrapped before a key
    joined is not under it: `rewrap`, or `KeyManager.change_root`. Who holds any one of them reads
    all: that several are *needed* is for `split_key`. Wrapped form: the number of keys (1 byte),
    and for each its id and what it wrapped, each with its length (2 bytes, big-endian) before it.
    ValueError for no key, over 255, and two of one id."""

    def __init__(self, id: str, *keys: KeyEncryptionKey) -> None:
        if not 1 <= len(keys) <= 255 or len({key.id for key in keys}) != len(keys):
            raise ValueError("a group has 1 to 255 keys, each with an id of its own")
        self._id = id
        self._keys = keys

    @property
    def id(self) -> str:
        """Names the group."""
        return self._id

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """`key` under every key of the group: all of them have to be there. See
        `KeyEncryptionKey.wrap`."""
        parts = [bytes((len(self._keys),))]
        for member in self._keys:
            for part in (member.id.encode(), member.wrap(key, context)):
                parts += _LENGTH.pack(len(part)), part
        return b"".join(parts)

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` took, by the first that can. Raises `DecryptionError` when one could
        not and none else could, `UnknownKeyError` when none of them is one that it was wrapped
        under, and the `BackendError` of the last when all are away."""
        found = _members(wrapped)
        error: Exception = UnknownKeyError("the data key is under no key of the group at hand")
        for member in self._keys:
            if member.id in found:
                try:
                    return member.unwrap(found[member.id], context)
                except (BackendError, DecryptionError) as caught:
                    error = caught
        raise error


class EscrowKey(KeyEncryptionKey):
    """The public key of somebody who keeps the private one away, to open data when all else is
    lost.

    Wraps by RSA-OAEP with SHA-256 (RFC 8017, 7.1; 3072 bits or more), or HPKE for an X25519 key
    (RFC 9180, as `encrypt_key_for`), with the context bound. Whoever has the public key can wrap,
    too; so it is for a group (`AnyOf`), and no key to rely on for who made something. `private`:
    given only where data is opened. `id`: by default from the public key. Raises as
    `encrypt_key_for`."""

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
        """Names the key in envelopes."""
        return self._id

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """See `KeyEncryptionKey.wrap`."""
        from keyaudit.remediation.wrapping import recipients

        return recipients.sealed_to(self._public, key, canonical(context))[1]

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` took. Raises `DecryptionError`, `UnknownKeyError` without the private
        key."""
        from keyaudit.remediation.wrapping import recipients

        if self._private is None:
            raise UnknownKeyError("the private key of the escrow key is kept elsewhere")
        return SecureKey.copy_of(recipients.opened(self._private, wrapped, canonical(context)))


def _members(wrapped: bytes) -> dict[str, bytes]:
    try:
        at = 1
        fields: list[bytes] = []
        for _ in range(2 * wrapped[0]):
            (length,) = _LENGTH.unpack_from(wrapped, at)
            at += _LENGTH.size
            fields.append(wrapped[at : at + length])
            at += length
        if at != len(wrapped):
            raise ValueError
        pairs: Any = zip(fields[::2], fields[1::2], strict=True)
        return {id.decode(): part for id, part in pairs}
    except (IndexError, struct.error, ValueError):
        raise DecryptionError(REFUSED) from None
