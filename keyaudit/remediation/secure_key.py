"""Keys in locked memory that is wiped after use."""

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
    """Key bytes in locked memory, used without copying and wiped after use.

    Made by `generate`, `copy_of`, `from_password`, `filled`, or from a `bytearray`:
    `SecureKey(buffer)` copies it and wipes it. Use it as

        with SecureKey.generate() as key:
            ciphertext = AESGCM(key.view()).encrypt(nonce, data, context)

    From Python 3.12 on, the key itself is a buffer too: `AESGCM(key)`.

    It is wiped by `close`, at the end of `with`, when it is garbage collected, at interpreter exit,
    and in a forked child (which gets no key). It has no text form, cannot be pickled or copied, and
    compares in constant time. `protection` says what the operating system granted.

    Limits: a cipher object holds data made from the key (AES's round keys) in memory of its own
    until it is deleted, so delete ciphers before their keys. `bytes` that the key was copied from
    (such as the response of a service) are not wiped. A debugger and the kernel can read all
    memory.
    """

    __slots__ = ("__weakref__", "_length", "_pid", "_region")

    def __init__(self, source: bytearray | memoryview) -> None:
        """Copy the key from a writable buffer, which is wiped.

        Raises TypeError for `bytes` (which cannot be wiped; see `copy_of`), ValueError for an empty
        buffer.
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
        """Generate a key of `length` random bytes, which the operating system writes directly into
        locked memory.

        Raises `WeakParameterError` for less than 16 bytes (SP 800-57 Part 1, Table 2: 128 bits).
        """
        if length < _MIN_BYTES:
            raise WeakParameterError(f"a key of {length} bytes", "16 bytes or more", _SYMMETRIC)
        return cls.filled(length, _fill_random)

    @classmethod
    def copy_of(cls, data: Buffer) -> Self:
        """A key with the bytes of `data`, which is not wiped. Raises ValueError when it is
        empty."""
        source = memoryview(data).cast("B")

        def fill(target: memoryview) -> None:
            target[:] = source

        return cls.filled(source.nbytes, fill)

    @classmethod
    def filled(cls, length: int, fill: Callable[[memoryview], object]) -> Self:
        """A key of `length` bytes that `fill` writes into the writable view it is called with.

        For functions that can write into a buffer: `file.readinto`, `HKDF(...).derive_into`. Raises
        what `fill` raises, after wiping the memory, and ValueError for a length below 1.
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
        """The first 32 bytes of the key that `derive_key` made together with `record`.

        Raises `WrongPasswordError`, `RecordFormatError`, `WeakParameterError`,
        `MissingBackendError` as `derive_key`.
        """
        from keyaudit.remediation.generation.passwords import fill_from_password

        return cls.filled(32, lambda view: fill_from_password(view, password, record))

    def derive_subkey(self, purpose: str, length: int = 32, *, context: bytes = b"") -> SecureKey:
        """Derive a key of `length` bytes from this one, in locked memory. Arguments, result and
        errors as `keyaudit.remediation.derive_subkey`; raises `ClosedKeyError` once this key is
        wiped."""
        from keyaudit.remediation.generation.subkeys import fill_subkey

        source = self.view()
        return SecureKey.filled(
            length, lambda view: fill_subkey(view, source, purpose, context=context)
        )

    def view(self) -> memoryview:
        """The key's bytes as a read-only view, without a copy.

        Do not use the view (or a cipher made from it) after the key is closed: it then shows random
        bytes. Raises `ClosedKeyError` once the key is wiped, and in a forked child.
        """
        if not self._region.open or self._pid != os.getpid():
            raise ClosedKeyError("the key was wiped (closed, or this is a forked child)")
        return self._region.view().toreadonly()

    if sys.version_info >= (3, 12):

        def __buffer__(self, flags: int, /) -> memoryview:
            return self.view()

    def close(self) -> None:
        """Wipe the key and release its memory. Calling it again does nothing."""
        self._region.wipe()

    def __del__(self) -> None:
        # Interpreter exit is the region's own to see to; a key may have failed to get one.
        region = getattr(self, "_region", None)
        if region is not None:
            region.wipe()

    @property
    def closed(self) -> bool:
        """Whether the key was wiped, or this is a forked child."""
        return not self._region.open or self._pid != os.getpid()

    @property
    def protection(self) -> Protection:
        """The protection that the operating system granted to this key's memory."""
        return self._region.protection

    def __len__(self) -> int:
        """The key's length in bytes, also after it was wiped."""
        return self._length

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__name__} of {self._length} bytes, {state}>"

    def __eq__(self, other: object) -> bool:
        """Whether the bytes are equal, compared in constant time; never equal to other objects."""
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
    """Raise TypeError for anything but a `SecureKey`, such as raw bytes."""
    if not isinstance(key, SecureKey):
        raise TypeError(
            f"a key here is a SecureKey, not {type(key).__name__}; "
            "SecureKey(bytearray) takes one over, SecureKey.copy_of(bytes) copies it"
        )


def _fill_random(target: memoryview) -> None:
    """Fill `target` with random bytes from the operating system, without another copy."""
    getentropy = libc.function("getentropy", ctypes.c_void_p, ctypes.c_size_t)
    for start in range(0, len(target), 256):  # getentropy(3): at most 256 bytes a call
        part = target[start : start + 256]
        first = ctypes.c_char.from_buffer(part)
        if getentropy is None or getentropy(ctypes.addressof(first), len(part)) != 0:
            part[:] = os.urandom(len(part))
        del first
