"""The functions that hash a password with scrypt, and compare one with a stored hash."""

from __future__ import annotations

from collections.abc import Callable

from keyaudit.fixes.value_types import Kind

# In front of what scrypt made, so that it is known from the hashes of old. No format of hashes
# begins so, and what separates the parts of a record is hardly ever a hyphen.
MARK = "scrypt-"
_COST = "n=2**17, r=8, p=1, maxmem=2**28, dklen=32"
# Characters of a stored hash that is a text: mark, salt, hyphen, key.
TEXT_LENGTH = len(MARK) + 2 * 16 + 1 + 2 * 32


def is_new(record: str, kind: Kind) -> str:
    """The condition that a stored hash is one of scrypt."""
    return f"{record}.startswith({_mark(kind)})"


def _mark(kind: Kind) -> str:
    return f'"{MARK}"' if kind is Kind.TEXT else f'b"{MARK}"'


def hashing(
    secret: str, kind: Kind, hashlib: str, os: str, free: Callable[[str], str]
) -> list[str]:
    """The lines that hash the expression `secret` with a new salt, and return the hash."""
    salt, key = free("salt"), free("key")
    made = (
        f'{_mark(kind)} + {salt}.hex() + "-" + {key}.hex()'
        if kind is Kind.TEXT
        else f"{_mark(kind)} + {salt} + {key}"
    )
    return [
        f"{salt} = {os}.urandom(16)",
        _scrypt(key, hashlib, secret, salt),
        f"return {made}",
    ]


def _scrypt(name: str, hashlib: str, secret: str, salt: str) -> str:
    return f"{name} = {hashlib}.scrypt({secret}, salt={salt}, {_COST})"


def comparing(
    secret: str, record: str, kind: Kind, hashlib: str, hmac: str, unit: str,
    free: Callable[[str], str],
) -> list[str]:  # fmt: skip
    """The lines that compare the expression `secret` with a hash of scrypt, and return whether it
    is the same; they do nothing for a hash of old."""
    salt, key, found = free("own_salt"), free("key"), free("found")
    at = len(MARK)
    if kind is Kind.TEXT:
        split = f'{salt}, {key} = {record}.removeprefix("{MARK}").split("-")'
        given, same = f"bytes.fromhex({salt})", f"{found}.hex(), {key}"
    else:
        split = f"{salt}, {key} = {record}[{at}:{at + 16}], {record}[{at + 16}:]"
        given, same = salt, f"{found}, {key}"
    return [
        f"if {is_new(record, kind)}:",
        f"{unit}{split}",
        f"{unit}{_scrypt(found, hashlib, secret, given)}",
        f"{unit}return {hmac}.compare_digest({same})",
    ]


def compared(old: str, record: str, kind: Kind, hmac: str) -> str:
    """The comparison of a hash of old with a stored one."""
    end = ".encode()" if kind is Kind.TEXT else ""
    if end and not old.endswith((")", "]")) and not old.isidentifier():
        old = f"({old})"
    return f"{hmac}.compare_digest({old}{end}, {record}{end})"
