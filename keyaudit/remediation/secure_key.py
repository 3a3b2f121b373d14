"""A key that leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, Self

from keyaudit.remediation.closing import Closing
from keyaudit.remediation.errors import ClosedKeyError, WeakParameterError
from keyaudit.remediation.memory import libc
from keyaudit.remediation.memory.region import Protection, Region
from keyaudit.remediation.memory.wiping import wipe

if TYPE_CHECKING:
    from typing_extensions import Buffer

_MIN_BYTES = 16
_SYMMETRIC = "NIST SP 800-57 Part 1 Rev. 5, 5.6.1.1, Table 2: 128 bits of strength beyond 2030"


class SecureKey(Closing):
    """Key bytes in locked memory, used without being copied, wiped when done.

    Made by `generate`, `copy_of`, `from_password`, `filled`, or from a `bytearray` that is taken
    over: `SecureKey(buffer)` copies it and wipes it. Use it as

        with SecureKey.generate() as key:
            ciphertext = AESGCM(key.view()).encrypt(nonce, data, context)

    From Python 3.12 on, the key itself is a buffer too: `AESGCM(key)`.

    Wiped on `close`, at the end of `with`, when garbage is collected, at interpreter exit, and in
    a forked child (which gets no key). It has no text form, is not pickled or copied, and
    compares in constant time. What the operating system did not grant is in `protection`.

    What it cannot do: a cipher object keeps what it made of the key (AES's round keys) in memory
    of its own until it is deleted, so do not keep ciphers longer than keys; `bytes` that the key
    came from (a response of a service) stay where they are; a debugger or the kernel sees all.
    """

    __slots__ = ("__weakref__", "_length", "_pid", "_region")

    def __init__(self, source: bytearray | memoryview) -> None:
        """Take the key out of a writable buffer, which is wiped.

        Raises TypeError for `bytes` (which cannot be wiped; see `copy_of`), ValueError for an
        empty buffer.
        """
        view = memoryview(source)
        if view.readonly:
            raise TypeError(
                f"{type(source).__name__} cannot be wiped: give a bytearray, "
                "or say SecureKey.copy_of to live with the copy that stays"
            )
        self._open(view.nbytes)
        self._region.view()[:] = view.cast("B")
        wipe(view)

    def _open(self, length: int) -> None:
        if length < 1:
            raise ValueError("a key has at least one byte")
        self._length = length
        self._pid = os.getpid()
        self._region = Region(length)

    @classmethod
    def generate(cls, length: int = 32) -> Self:
        """`length` random bytes, written by the operating system right into locked memory.

        Raises `WeakParameterError` below 16 bytes (SP 800-57 Part 1, Table 2: 128 bits).
        """
        if length < _MIN_BYTES:
            raise WeakParameterError(f"a key of {length} bytes", "16 bytes or more", _SYMMETRIC)
        return cls.filled(length, _fill_random)

    @classmethod
    def copy_of(cls, data: Buffer) -> Self:
        """A key with the bytes of `data`, which stays as it is; ValueError when it is empty."""
        source = memoryview(data).cast("B")

        def fill(target: memoryview) -> None:
            target[:] = source

        return cls.filled(source.nbytes, fill)

    @classmethod
    def filled(cls, length: int, fill: Callable[[memoryview], object]) -> Self:
        """A key of `length` bytes that `fill` writes into the writable view it is called with.

        For whatever can write into a buffer: `file.readinto`, `HKDF(...).derive_into`. What
        `fill` raises is passed on, with the memory wiped.
        """
        key = cls.__new__(cls)
        key._open(length)
        try:
            with key._region.view() as view:
                fill(view)
        except BaseException:
            key.close()
            raise
        return key

    @classmethod
    def from_password(cls, password: str | Buffer, record: str) -> Self:
        """The key that `derive_key` made together with `record`, 32 bytes.

        Raises `WrongPasswordError`, `RecordFormatError`, `MissingBackendError` as `derive_key`.
        """
        from keyaudit.remediation.generation.passwords import fill_from_password

        return cls.filled(32, lambda view: fill_from_password(view, password, record))

    def derive_subkey(self, purpose: str, length: int = 32, *, context: bytes = b"") -> SecureKey:
        """What `keyaudit.remediation.derive_subkey` gives, `length` bytes, in locked memory; same
        errors."""
        from keyaudit.remediation.generation.subkeys import fill_subkey

        source = self.view()
        return SecureKey.filled(
            length, lambda view: fill_subkey(view, source, purpose, context=context)
        )

    def view(self) -> memoryview:
        """The key's bytes, read-only and not copied, for whatever takes a buffer.

        Do not keep it (nor a cipher made from it) beyond the key's life: it then shows random
        bytes. Raises `ClosedKeyError` once the key is wiped, and in a forked child.
        """
        if not self._region.open or self._pid != os.getpid():
            raise ClosedKeyError("the key was wiped (closed, or this is a forked child)")
        return self._region.view().toreadonly()

    if sys.version_info >= (3, 12):

        def __buffer__(self, flags: int, /) -> memoryview:
            return self.view()

    def close(self) -> None:
        """Wipe the key and give its memory back; harmless when done before."""
        self._region.wipe()

    def __del__(self) -> None:
        # Interpreter exit is the region's own to see to; a key may have failed to get one.
        region = getattr(self, "_region", None)
        if region is not None:
            region.wipe()

    @property
    def closed(self) -> bool:
        """Whether the key was wiped."""
        return not self._region.open or self._pid != os.getpid()

    @property
    def protection(self) -> Protection:
        """What the operating system granted for this key's memory, and what not."""
        return self._region.protection

    def __len__(self) -> int:
        """The key's length in bytes, known also after it was wiped."""
        return self._length

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__name__} of {self._length} bytes, {state}>"

    def __eq__(self, other: object) -> bool:
        """Whether the bytes are equal, in constant time; other objects are never equal."""
        if not isinstance(other, SecureKey):
            return NotImplemented
        import hmac

        return hmac.compare_digest(self.view(), other.view())

    __hash__ = None  # type: ignore[assignment]

    def __bytes__(self) -> NoReturn:
        raise TypeError("bytes(key) would leave a copy that cannot be wiped; use key.view()")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a SecureKey is not pickled or copied; wrap it with a KeyEncryptionKey")

    def __copy__(self) -> NoReturn:
        self.__reduce_ex__(None)

    def __deepcopy__(self, memo: object) -> NoReturn:
        self.__reduce_ex__(None)


def check_secure(key: object) -> None:
    """Raise TypeError for anything but a `SecureKey`: raw bytes, above all."""
    if not isinstance(key, SecureKey):
        raise TypeError(
            f"a key here is a SecureKey, not {type(key).__name__}; "
            "SecureKey(bytearray) takes one over, SecureKey.copy_of(bytes) copies it"
        )


def _fill_random(target: memoryview) -> None:
    """Fill `target` from the operating system's generator without a copy on the way."""
    getentropy = libc.function("getentropy", ctypes.c_void_p, ctypes.c_size_t)
    for start in range(0, len(target), 256):  # getentropy(3): at most 256 bytes a call
        part = target[start : start + 256]
        first = ctypes.c_char.from_buffer(part)
        if getentropy is None or getentropy(ctypes.addressof(first), len(part)) != 0:
            part[:] = os.urandom(len(part))
        del first
