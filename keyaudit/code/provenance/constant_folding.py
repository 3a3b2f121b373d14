"""Constant folding: computes literals through pure operations, within bounds."""

from __future__ import annotations

import base64
import binascii
import operator
import string
import struct
from collections.abc import Callable
from typing import Any

from keyaudit.code.provenance.origin import NO_VALUE

_MAX_BYTES = 1 << 16
_MAX_INT = 1 << 4096
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv,
    "<<": operator.lshift, ">>": operator.rshift, "|": operator.or_, "&": operator.and_,
    "^": operator.xor, "%": operator.mod, "/": operator.truediv, "**": operator.pow,
}  # fmt: skip
_CALLS: dict[str, Callable[..., Any]] = {
    "builtins.bytes": bytes, "builtins.bytearray": bytes, "builtins.bytes.fromhex": bytes.fromhex,
    "builtins.bytearray.fromhex": bytes.fromhex, "builtins.str": str, "builtins.int": int,
    "builtins.bool": bool, "builtins.ord": ord, "builtins.chr": chr, "builtins.len": len,
    "base64.b64decode": base64.b64decode, "base64.urlsafe_b64decode": base64.urlsafe_b64decode,
    "base64.standard_b64decode": base64.standard_b64decode, "base64.b16decode": base64.b16decode,
    "base64.b32decode": base64.b32decode, "base64.b64encode": base64.b64encode,
    "base64.urlsafe_b64encode": base64.urlsafe_b64encode,
    "base64.decodebytes": base64.decodebytes, "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.unhexlify, "binascii.hexlify": binascii.hexlify,
    "struct.pack": struct.pack,
}  # fmt: skip


# Alphabets that passwords and tokens are made of.
CONSTANTS: dict[str, Any] = {
    f"string.{name}": getattr(string, name)
    for name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits",
                 "octdigits", "punctuation", "printable", "whitespace")
} | {"string.letters": string.ascii_letters, "string.lowercase": string.ascii_lowercase,
     "string.uppercase": string.ascii_uppercase}  # fmt: skip


def binary(op: str, left: Any, right: Any) -> Any:
    """`left op right`, or NO_VALUE when it fails or would be large."""
    function = _BINARY.get(op)
    if function is None or left is NO_VALUE or right is NO_VALUE:
        return NO_VALUE
    if op in ("**", "<<") and not (_small(left, 1 << 64) and _small(right, 4096)):
        return NO_VALUE
    if op == "*" and (_too_long(left, right) or _too_long(right, left)):
        return NO_VALUE
    if op == "%" and not isinstance(left, int):
        return NO_VALUE
    return _bounded(lambda: function(left, right))


def knows(name: str) -> bool:
    """Whether calls of this function of the standard library can be computed."""
    return name in _CALLS


def call(name: str, values: list[Any]) -> Any:
    """The result of a pure function of the standard library for literal arguments, or NO_VALUE."""
    function = _CALLS.get(name)
    if function is None or any(value is NO_VALUE for value in values):
        return NO_VALUE
    if name in ("builtins.bytes", "builtins.bytearray") and values:
        if isinstance(values[0], int) and not 0 <= values[0] <= _MAX_BYTES:
            return NO_VALUE
        if isinstance(values[0], str) and len(values) == 1:
            return values[0].encode("utf-8", "surrogatepass")
    return _bounded(lambda: function(*values))


def method(name: str, receiver: Any, values: list[Any]) -> Any:
    """The result of a method of str or bytes for literals, or NO_VALUE. `name` is one that
    `methods` allows."""
    if receiver is NO_VALUE or any(value is NO_VALUE for value in values):
        return NO_VALUE
    if any(isinstance(value, int) and abs(value) > _MAX_BYTES for value in values):
        return NO_VALUE
    function = getattr(receiver, name, None)
    return NO_VALUE if function is None else _bounded(lambda: function(*values))


def _bounded(compute: Callable[[], Any]) -> Any:
    try:
        value = compute()
    except (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, struct.error):
        return NO_VALUE
    if isinstance(value, str | bytes | tuple | list) and len(value) > _MAX_BYTES:
        return NO_VALUE
    if isinstance(value, int) and abs(value) > _MAX_INT:
        return NO_VALUE
    return value


def _small(value: Any, limit: int) -> bool:
    return isinstance(value, int | float) and abs(value) <= limit


def _too_long(sequence: Any, times: Any) -> bool:
    return (
        isinstance(sequence, str | bytes | list | tuple)
        and isinstance(times, int)
        and len(sequence) * times > _MAX_BYTES
    )
