"""The three password-based key derivation functions, with their parameters, limits and text
form."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

from keyaudit.remediation.errors import (
    MissingBackendError,
    RecordFormatError,
    WeakParameterError,
)
from keyaudit.remediation.generation import limits
from keyaudit.remediation.generation.subkeys import derive_into

if TYPE_CHECKING:
    from typing_extensions import Buffer

_MAX_MEMORY = 2**31
"""Bytes that a record may make the reader use: a record can come from anywhere."""


class _Deriver(Protocol):
    def derive(self, key_material: bytes) -> bytes: ...


class Stretching:
    """The base class of `Argon2id`, `Scrypt` and `Pbkdf2`: a password-based key derivation function
    and its parameters. `name`: how a record names the algorithm."""

    name: ClassVar[str]
    _short: ClassVar[dict[str, str]]

    def check(self) -> None:
        """Raise `WeakParameterError` for parameters below OWASP's minimum (see `limits`)."""
        raise NotImplementedError

    def check_bounds(self) -> None:
        """Raise `RecordFormatError` for invalid parameters, and for parameters so high that a
        forged record could exhaust the reader's memory or time."""
        raise NotImplementedError

    def stretch(self, password: Buffer, salt: bytes, length: int) -> bytes:
        """Derive `length` bytes from a password. Raises `MissingBackendError` when the algorithm is
        not available."""
        return self._deriver(salt, length).derive(password)  # type: ignore[arg-type]

    def stretch_into(self, password: Buffer, salt: bytes, target: bytearray | memoryview) -> None:
        """Fill `target` with the bytes that `stretch` would return (see `subkeys.derive_into`).
        Errors as `stretch`."""
        derive_into(self._deriver(salt, len(target)), password, target)

    def _deriver(self, salt: bytes, length: int) -> _Deriver:
        raise NotImplementedError

    def encode(self) -> str:
        """The parameters as text for a record, such as `m=65536,t=3,p=4`."""
        return ",".join(f"{short}={getattr(self, name)}" for name, short in self._short.items())

    @classmethod
    def decode(cls, text: str) -> Self:
        """Parse the text that `encode` made. Raises `RecordFormatError` for anything else, and as
        `check_bounds`."""
        parts = text.split(",")
        pairs = [part.partition("=") for part in parts]
        if [short for short, _, _ in pairs] != list(cls._short.values()):
            raise RecordFormatError(
                f"{cls.name} parameters are not {','.join(cls._short.values())}"
            )
        values = {}
        for name, (_, _, digits) in zip(cls._short, pairs, strict=True):
            if name == "digest":
                values[name] = digits
            elif digits.isascii() and digits.isdecimal() and digits[0] != "0" and len(digits) < 11:
                values[name] = int(digits)  # type: ignore[assignment]
            else:
                raise RecordFormatError(f"{cls.name} parameter {name} is no plain number")
        result = cls(**values)
        result.check_bounds()
        return result

    def _bound(self, name: str, highest: int) -> None:
        if getattr(self, name) > highest:
            raise RecordFormatError(f"{self.name} parameter {name} is over {highest}")


@dataclass(frozen=True, slots=True)
class Argon2id(Stretching):
    """Argon2id (RFC 9106). `memory`: in KiB. `iterations`: passes over the memory. `lanes`: degree
    of parallelism. The defaults are the second recommended option of RFC 9106, 4 (64 MiB, 3 passes,
    4 lanes), which is above OWASP's minimum (`limits.ARGON2ID_FLOORS`)."""

    memory: int = 65536
    iterations: int = 3
    lanes: int = 4

    name = "argon2id"
    _short = {"memory": "m", "iterations": "t", "lanes": "p"}  # noqa: RUF012

    def check(self) -> None:
        if not any(self.memory >= m and self.iterations >= t for m, t in limits.ARGON2ID_FLOORS):
            raise WeakParameterError(
                f"Argon2id with {self.memory} KiB and {self.iterations} iterations",
                "19456 KiB (19 MiB) and 2 iterations or more, or an equal of it",
                f"{limits.OWASP_PASSWORDS}, Argon2id",
            )

    def check_bounds(self) -> None:
        self._bound("memory", _MAX_MEMORY // 1024)
        self._bound("iterations", 1000)
        self._bound("lanes", 64)
        if self.memory < 8 * self.lanes:
            raise RecordFormatError("argon2id needs 8 KiB a lane (RFC 9106, 3.1)")

    def _deriver(self, salt: bytes, length: int) -> _Deriver:
        from cryptography.exceptions import UnsupportedAlgorithm

        try:
            from cryptography.hazmat.primitives.kdf.argon2 import Argon2id as Primitive

            return Primitive(
                # keyaudit: ignore[KA106] the caller tries out whether the algorithm is there
                salt=salt,
                length=length,
                iterations=self.iterations,
                lanes=self.lanes,
                memory_cost=self.memory,
            )
        except (ImportError, UnsupportedAlgorithm):
            raise MissingBackendError(
                "Argon2id needs cryptography 44 or newer with OpenSSL 3.2 or newer"
            ) from None


@dataclass(frozen=True, slots=True)
class Scrypt(Stretching):
    """scrypt (RFC 7914). `n`: CPU and memory cost, a power of 2. `r`: block size. `p`:
    parallelization. It takes 128 * n * r bytes of memory. The defaults are OWASP's minimum
    (`limits.SCRYPT_FLOORS`)."""

    n: int = 2**17
    r: int = 8
    p: int = 1

    name = "scrypt"
    _short = {"n": "n", "r": "r", "p": "p"}  # noqa: RUF012

    def check(self) -> None:
        if self.r < 8 or not any(self.n >= n and self.p >= p for n, p in limits.SCRYPT_FLOORS):
            raise WeakParameterError(
                f"scrypt with N={self.n}, r={self.r}, p={self.p}",
                "N=131072 (2^17), r=8, p=1 or more, or an equal of it",
                f"{limits.OWASP_PASSWORDS}, scrypt",
            )

    def check_bounds(self) -> None:
        self._bound("p", 64)
        if self.n < 2 or self.n & (self.n - 1):
            raise RecordFormatError("scrypt's n is a power of 2 (RFC 7914, 6)")
        if 128 * self.n * self.r > _MAX_MEMORY:
            raise RecordFormatError(f"scrypt would need over {_MAX_MEMORY} bytes of memory")

    def _deriver(self, salt: bytes, length: int) -> _Deriver:
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt as Primitive

        return Primitive(salt=salt, length=length, n=self.n, r=self.r, p=self.p)


@dataclass(frozen=True, slots=True)
class Pbkdf2(Stretching):
    """PBKDF2 with HMAC (RFC 8018, 5.2), for where FIPS 140 is required. `iterations`: the iteration
    count. `digest`: `sha256` or `sha512`. The defaults are OWASP's minimum
    (`limits.PBKDF2_FLOORS`)."""

    iterations: int = 600_000
    digest: str = "sha256"

    name = "pbkdf2"
    _short = {"digest": "d", "iterations": "i"}  # noqa: RUF012

    def check(self) -> None:
        floor = limits.PBKDF2_FLOORS.get(self.digest)
        source = f"{limits.OWASP_PASSWORDS}, PBKDF2"
        if floor is None:
            raise WeakParameterError(f"PBKDF2 with {self.digest!r}", "sha256 or sha512", source)
        if self.iterations < floor:
            raise WeakParameterError(
                f"PBKDF2-HMAC-{self.digest.upper()} with {self.iterations} iterations",
                f"{floor} or more",
                source,
            )

    def check_bounds(self) -> None:
        self._bound("iterations", 100_000_000)
        if self.digest not in limits.PBKDF2_FLOORS:
            raise RecordFormatError("pbkdf2's digest is sha256 or sha512")

    def _deriver(self, salt: bytes, length: int) -> _Deriver:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

        digest = hashes.SHA512() if self.digest == "sha512" else hashes.SHA256()
        return PBKDF2HMAC(digest, length, salt, self.iterations)


KINDS: dict[str, type[Stretching]] = {kind.name: kind for kind in (Argon2id, Scrypt, Pbkdf2)}
"""Name in a record to parameter class."""


def best_available() -> Stretching:
    """`Argon2id` where the installed cryptography has it, else `Scrypt`, with default
    parameters."""
    choice = Argon2id()
    try:
        choice._deriver(bytes(16), 32)
    except MissingBackendError:
        return Scrypt()
    return choice


def at_least(have: Stretching, wanted: Stretching) -> bool:
    """Whether `have` is the same algorithm as `wanted`, with no figure lower and the same
    digest."""
    if type(have) is not type(wanted):
        return False
    for field in fields(wanted):  # type: ignore[arg-type]
        mine, theirs = getattr(have, field.name), getattr(wanted, field.name)
        if mine != theirs if isinstance(theirs, str) else mine < theirs:
            return False
    return True
