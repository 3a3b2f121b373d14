"""Shamir's secret sharing: a key split into shares, of which a threshold number restores it.

Fewer shares tell nothing about the key but its length. A share is text, to be printed and kept by
one person:

    keyaudit-share-1:<set>:<threshold>:<number>:<data>:<check>

`set` (8 hex digits) identifies the shares that belong together. `data` is the share's bytes in
base32 without padding. `check` is the first 8 hex digits of SHA-256 over all that precedes it, to
detect typing errors. For each byte of the key, a random polynomial of degree threshold - 1 over
GF(2^8) (the field of AES, FIPS 197, 4.2) has that byte as its value at 0; a share holds the values
at its number. Four bytes of the key's SHA-256 are shared with it, so that wrong shares do not give
a wrong key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keyaudit.remediation.errors import RecordFormatError
from keyaudit.remediation.memory.wiping import wipe
from keyaudit.remediation.secure_key import SecureKey

_PREFIX = "keyaudit-share-1"
_MOST = 255
_CHECK_BYTES = 4
_SHARE = re.compile(
    rf"{_PREFIX}:(?P<set>[0-9a-f]{{8}}):(?P<threshold>\d{{1,3}}):(?P<number>\d{{1,3}})"
    r":(?P<data>[A-Z2-7]+):(?P<check>[0-9a-f]{8})"
)


@dataclass(frozen=True, slots=True)
class _Share:
    set: str
    threshold: int
    number: int
    data: bytes


def split_key(key: SecureKey, *, shares: int, threshold: int) -> list[str]:
    """Split a key into `shares` shares, any `threshold` of which restore it; fewer tell nothing but
    its length in bytes. Returns the shares as text, of which copies stay in memory. Raises
    ValueError unless 2 <= threshold <= shares <= 255."""
    if not 2 <= threshold <= shares <= _MOST:
        raise ValueError(f"2 or more shares are needed, of up to {_MOST}")
    name = secrets.token_hex(4)
    secret = bytearray(key.view())
    secret += hashlib.sha256(key.view()).digest()[:_CHECK_BYTES]
    parts = [bytearray(len(secret)) for _ in range(shares)]
    coefficients = bytearray(threshold)
    try:
        for at, byte in enumerate(secret):
            coefficients[0] = byte
            coefficients[1:] = secrets.token_bytes(threshold - 1)
            for number, part in enumerate(parts, 1):
                part[at] = _value(coefficients, number)
        return [_text(name, threshold, number, part) for number, part in enumerate(parts, 1)]
    finally:
        for buffer in (secret, coefficients, *parts):
            wipe(buffer)


def combine_shares(shares: Iterable[str]) -> SecureKey:
    """Restore the key that `split_key` split, from at least the threshold number of shares of one
    set. Raises `RecordFormatError` for a malformed, changed or mistyped share; ValueError for too
    few shares, shares of different sets and the same share twice."""
    found = [_parsed(text) for text in shares]
    if len({(share.set, share.threshold, len(share.data)) for share in found}) != 1:
        raise ValueError("the shares are not all of one set")
    if len({share.number for share in found}) != len(found):
        raise ValueError("a share is there twice")
    if len(found) < found[0].threshold:
        raise ValueError(f"{found[0].threshold} shares are needed, and {len(found)} are there")
    secret = bytearray(len(found[0].data))
    try:
        weights = _weights([share.number for share in found])
        for share, weight in zip(found, weights, strict=True):
            for at, byte in enumerate(share.data):
                secret[at] ^= _times(weight, byte)
        size = len(secret) - _CHECK_BYTES
        with memoryview(secret) as view:
            check = hashlib.sha256(view[:size]).digest()[:_CHECK_BYTES]
            if size < 1 or view[size:] != check:
                raise RecordFormatError("the shares do not give a key: one of them was changed")
            return SecureKey.copy_of(view[:size])
    finally:
        wipe(secret)


def _text(name: str, threshold: int, number: int, data: bytearray) -> str:
    encoded = base64.b32encode(data).decode("ascii").rstrip("=")
    head = f"{_PREFIX}:{name}:{threshold}:{number}:{encoded}"
    return f"{head}:{_check(head)}"


def _parsed(text: str) -> _Share:
    match = _SHARE.fullmatch("".join(text.split()))
    if match is None or _check(match[0].rpartition(":")[0]) != match["check"]:
        raise RecordFormatError("this is no share of a key, or it was changed or mistyped")
    try:
        data = base64.b32decode(match["data"] + "=" * (-len(match["data"]) % 8))
    except binascii.Error:
        raise RecordFormatError("this is no share of a key") from None
    number, threshold = int(match["number"]), int(match["threshold"])
    if not 1 <= number <= _MOST or threshold < 2:
        raise RecordFormatError("this is no share of a key")
    return _Share(match["set"], threshold, number, data)


def _check(head: str) -> str:
    return hashlib.sha256(head.encode("ascii")).hexdigest()[:8]


def _value(coefficients: bytearray, at: int) -> int:
    """The polynomial's value at `at`, by Horner's rule. Coefficients begin with the constant
    one."""
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, at) ^ coefficient
    return value


def _weights(numbers: Sequence[int]) -> list[int]:
    """The Lagrange coefficients of the shares for the value at 0. The shares' numbers are not
    secret."""
    weights = []
    for one in numbers:
        weight = 1
        for other in numbers:
            if other != one:
                weight = _times(weight, _times(other, _inverse(other ^ one)))
        weights.append(weight)
    return weights


def _times(one: int, other: int) -> int:
    """The product in GF(2^8), in constant time: no table lookup and no branch depends on a
    secret."""
    product = 0
    for bit in range(8):
        product ^= -((other >> bit) & 1) & one
        one = (one << 1) ^ (-(one >> 7) & 0x11B)
    return product & 0xFF


def _inverse(value: int) -> int:
    """The inverse in GF(2^8), which is the power of 254, by repeated squaring."""
    result = 1
    for _ in range(7):
        value = _times(value, value)
        result = _times(result, value)
    return result
