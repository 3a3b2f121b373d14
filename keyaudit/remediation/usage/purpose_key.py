"""A key that is restricted to one purpose."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypeVar

from keyaudit.remediation.auditing.auditor import Auditor
from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import (
    DecryptionError,
    KeyStateError,
    PurposeError,
    RateLimitError,
    WeakParameterError,
)
from keyaudit.remediation.generation.compare import constant_time_equal
from keyaudit.remediation.generation.limits import HMAC
from keyaudit.remediation.secure_key import SecureKey, check_secure
from keyaudit.remediation.usage.rates import RateLimit
from keyaudit.remediation.wrapping.context import Context, canonical
from keyaudit.remediation.wrapping.envelope import EnvelopeCipher
from keyaudit.remediation.wrapping.local import LocalKey

if TYPE_CHECKING:
    from typing_extensions import Buffer

_T = TypeVar("_T")
_KEY_BYTES = 32
_REFUSALS = (KeyStateError, PurposeError, RateLimitError)


class Purpose(StrEnum):
    """The purpose of a `PurposeKey` (SP 800-57 Part 1 Rev. 5, 5.2: one key, one purpose)."""

    ENCRYPT = "encrypt"
    """Encrypt and decrypt data."""
    SIGN = "sign"
    """Make and check HMACs."""
    DERIVE = "derive"
    """Derive further keys."""
    WRAP = "wrap"
    """Wrap and unwrap keys."""


class PurposeKey(Closing):
    """A key with an id and one purpose, optionally rate-limited and audited.

    `key`: 32 bytes; this object takes ownership of it. Not `key` itself is used but a subkey
    derived for purpose and id, so that the same bytes under two purposes give unrelated keys;
    `close` (or `with`) wipes it. With an `auditor`, every call makes an event, also a refused one.
    `limit`: see `RateLimit`.

    Every operation raises `PurposeError` for another purpose, `RateLimitError` over the limit and
    `ClosedKeyError` after `close`. The constructor raises `WeakParameterError` for a `key` of
    another length, ValueError for an unknown purpose.
    """

    def __init__(
        self,
        key: SecureKey,
        purpose: Purpose,
        id: str,
        *,
        auditor: Auditor | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        check_secure(key)
        purpose = Purpose(purpose)
        if len(key) != _KEY_BYTES:
            raise WeakParameterError(f"a key of {len(key)} bytes", "32 bytes", HMAC)
        with key:
            self._key = key.derive_subkey(f"purpose/{purpose}", context=id.encode())
        self._purpose = purpose
        self._id = id
        self._auditor = auditor
        self._limit = limit

    @classmethod
    def generate(
        cls,
        purpose: Purpose,
        id: str | None = None,
        *,
        auditor: Auditor | None = None,
        limit: RateLimit | None = None,
    ) -> Self:
        """A fresh key that exists in this process only. `id`: by default random."""
        name = f"{purpose}:{secrets.token_hex(16)}" if id is None else id
        return cls(SecureKey.generate(), purpose, name, auditor=auditor, limit=limit)

    @property
    def id(self) -> str:
        """The key's name in events and envelopes."""
        return self._id

    @property
    def purpose(self) -> Purpose:
        """The purpose of the key."""
        return self._purpose

    def encrypt(self, data: Buffer, context: Context) -> bytes:
        """Encrypt `data` into an envelope bound to `context`. Also raises as
        `EnvelopeCipher.encrypt`."""
        size = memoryview(data).nbytes
        return self._use(
            Purpose.ENCRYPT,
            "encrypt",
            lambda: EnvelopeCipher(self._kek()).encrypt(data, context),
            size,
            context,
        )

    def decrypt(self, envelope: Buffer, context: Context) -> bytes:
        """The data that `encrypt` encrypted. Also raises as `EnvelopeCipher.decrypt`."""
        size = memoryview(envelope).nbytes
        return self._use(
            Purpose.ENCRYPT,
            "decrypt",
            lambda: EnvelopeCipher(self._kek()).decrypt(envelope, context),
            size,
            context,
        )

    def sign(self, message: Buffer) -> bytes:
        """The HMAC-SHA-256 of `message` (RFC 2104), 32 bytes."""
        size = memoryview(message).nbytes
        return self._use(Purpose.SIGN, "sign", lambda: self._mac(message), size)

    def verify(self, message: Buffer, signature: Buffer) -> None:
        """Verify, in constant time, a MAC that `sign` made. Raises `DecryptionError` when it does
        not belong to the message and key."""

        def check() -> None:
            if not constant_time_equal(self._mac(message), signature):
                raise DecryptionError("the signature does not belong to this message and key")

        self._use(Purpose.SIGN, "verify", check, memoryview(message).nbytes)

    def derive(self, purpose: str, length: int = 32, *, context: bytes = b"") -> SecureKey:
        """Derive a key of `length` bytes, in locked memory. Arguments and further errors as
        `derive_subkey`."""
        return self._use(
            Purpose.DERIVE,
            "derive",
            lambda: self._key.derive_subkey(purpose, length, context=context),
        )

    def wrap(self, key: SecureKey, context: Context) -> bytes:
        """Wrap `key`, bound to `context` (see `LocalKey.wrap`)."""
        return self._use(
            Purpose.WRAP, "wrap", lambda: self._kek().wrap(key, context), len(key), context
        )

    def unwrap(self, wrapped: bytes, context: Context) -> SecureKey:
        """The key that `wrap` wrapped. Raises `DecryptionError` for another key, context or
        bytes."""
        return self._use(
            Purpose.WRAP,
            "unwrap",
            lambda: self._kek().unwrap(wrapped, context),
            len(wrapped),
            context,
        )

    def close(self) -> None:
        """Wipe the key."""
        self._key.close()

    def __repr__(self) -> str:
        return f"<PurposeKey {self._id!r} to {self._purpose}>"

    def _use(
        self,
        purpose: Purpose,
        operation: str,
        work: Callable[[], _T],
        size: int = 0,
        context: Context | None = None,
    ) -> _T:
        if self._auditor is None:
            return self._checked(purpose, operation, work)
        if context is not None:
            canonical(context)
        with self._auditor.observe(
            operation,
            self._id,
            purpose=self._purpose,
            size=size,
            context=context,
            refusals=_REFUSALS,
        ):
            return self._checked(purpose, operation, work)

    def _checked(self, purpose: Purpose, operation: str, work: Callable[[], _T]) -> _T:
        if purpose is not self._purpose:
            raise PurposeError(f"key {self._id!r} is there to {self._purpose}, not to {operation}")
        if self._limit is not None:
            self._limit.take()
        return work()

    def _kek(self) -> LocalKey:
        return LocalKey(self._key, self._id)

    def _mac(self, message: Buffer) -> bytes:
        from cryptography.hazmat.primitives import hashes, hmac

        context = hmac.HMAC(self._key.view(), hashes.SHA256())
        context.update(memoryview(message))  # type: ignore[arg-type,unused-ignore]
        return context.finalize()
