"""GnuPG's private keys as its agent stores them, in `private-keys-v1.d/*.key`.

A file is an S-expression in canonical form, `(11:private-key(3:rsa(1:n257:...`, or in readable
form: alone, or as `Key:` in the newer format of names and values (agent/keyformat.txt in GnuPG's
sources). The public half is not encrypted. A `shadowed` key is on a smart card, and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from keyaudit.core.patterns import regex
from keyaudit.material import keyparts
from keyaudit.material.types import Kind, Material, MaterialError, PublicKey

_FORM = "GnuPG"
_ENCRYPTED = {b"private-key": False, b"protected-private-key": True}
_BEGIN = regex(rb"\((?:11:|21:protected-)private-key\(")
_TEXT = regex(r"(?:\A|^Key:[ \t]+)(?P<expression>\((?:protected-)?private-key\s)", re.MULTILINE)
_TOKEN = regex(
    rb"[()]|(?P<length>\d{1,6}):|#(?P<hex>[0-9A-Fa-f\s]*)#|\"(?:[^\"\\]|\\.)*\"|(?P<word>[^\s()\"#]+)",
    re.S,
)
_NAMES = {b"dsa": "DSA", b"elg": "ElGamal", b"ecc": "EC", b"ecdsa": "EC"}
_CURVES = {"NIST P-256": "P-256", "NIST P-384": "P-384", "NIST P-521": "P-521"}
_DEEPEST, _MOST_TOKENS, _LONGEST = 12, 2000, 40_000


def is_key(data: bytes) -> bool:
    """Whether the bytes begin as a private key in canonical form does."""
    return _BEGIN.match(data) is not None


def read(data: bytes) -> Iterator[Material]:
    """The key in canonical form. Raises MaterialError if it is malformed."""
    yield _material(_expression(data[:_LONGEST]))


def read_text(text: str) -> Iterator[Material]:
    """The keys in readable form in a text, with their offsets; malformed ones are left out."""
    for match in _TEXT.finditer(text):
        start = match.start("expression")
        written = text[start : start + _LONGEST].encode("ascii", "replace")
        try:
            found = _material(_expression(written))
        except MaterialError:
            continue
        head = match["expression"].rstrip()
        yield replace(found, start=start, end=start + len(head))


def _expression(data: bytes) -> list[Any]:
    """The lists and byte strings of the first expression. Raises MaterialError."""
    stack: list[list[Any]] = []
    at = 0
    for _ in range(_MOST_TOKENS):
        while data[at : at + 1].isspace():
            at += 1
        token = _TOKEN.match(data, at)
        if token is None:
            break
        at = token.end()
        if token[0] == b"(":
            if len(stack) >= _DEEPEST:
                break
            stack.append([])
        elif token[0] == b")":
            if len(stack) < 2:
                return stack[0] if stack else []
            inner = stack.pop()
            stack[-1].append(inner)
        elif not stack:
            break
        elif token["length"]:
            size = int(token["length"])
            stack[-1].append(data[at : at + size])
            at += size
        elif token["hex"] is not None:
            digits = b"".join(token["hex"].split())
            stack[-1].append(bytes.fromhex(digits.decode().zfill(len(digits) + len(digits) % 2)))
        else:
            stack[-1].append(token[0].strip(b'"'))
    raise MaterialError("is no expression")


def _material(expression: Sequence[Any]) -> Material:
    if (
        len(expression) < 2
        or expression[0] not in _ENCRYPTED
        or not isinstance(expression[1], list)
    ):
        raise MaterialError("is no private key")
    name, *members = expression[1] or [b""]
    values = {
        member[0]: member[1]
        for member in members
        if isinstance(member, list) and len(member) > 1 and isinstance(member[0], bytes)
    }
    if not isinstance(name, bytes) or not values:
        raise MaterialError("is no private key")
    key = _key(name, {k: v for k, v in values.items() if isinstance(v, bytes)})
    return Material(Kind.PRIVATE, _FORM, key, encrypted=_ENCRYPTED[expression[0]])


def _key(name: bytes, values: dict[bytes, bytes]) -> PublicKey:
    if name == b"rsa":
        modulus, exponent = (int.from_bytes(values.get(k, b""), "big") for k in (b"n", b"e"))
        return keyparts.rsa_key(modulus, exponent)
    algorithm = _NAMES.get(name)
    if algorithm is None:
        raise MaterialError("is of an unknown algorithm")
    if algorithm != "EC":
        return PublicKey(algorithm, int.from_bytes(values.get(b"p", b""), "big").bit_length())
    curve = values.get(b"curve", b"").decode("ascii", "replace")
    if curve in ("Ed25519", "Ed448", "X25519", "X448"):
        return PublicKey(curve)
    return PublicKey(algorithm, 0, _CURVES.get(curve, curve if curve.isalnum() else ""))
