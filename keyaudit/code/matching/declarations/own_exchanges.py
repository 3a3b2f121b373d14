"""Diffie-Hellman that a program does itself, by powers of numbers, with whoever answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from keyaudit.code import syntax as s
from keyaudit.code.matching.declarations.declaration import Declaration, expressions, within
from keyaudit.code.semantics.scopes import Scope
from keyaudit.core.patterns import regex
from keyaudit.core.secret_names import KEY

_TALKS = regex(r"\.recv(?:from|_into)?\(|\brecv\w*\(|\.send(?:all|to)?\(|\bsend_\w+\(")
# What tells whom one talks to.
_CHECKS = regex(
    r"(?i)(?<!decrypt_and_)verif|signature|\bsign(?:ed)?\b|hmac|compare_digest|\bssl\b|certificate|fingerprint"
    r"|safety_number|\bsrp\b|passw"
)
_POWER = regex(r"pow\(|\*\*[^\n%*]{1,60}%")
_MAX_DEPTH = 8


def unauthenticated(scope: Scope) -> Iterator[Declaration]:
    """Where a function that raises two numbers to the same exponent, by the same modulus, makes the
    second of these powers, in a file that talks to others and has no check of whom it talks to."""
    text = scope.module.text
    if not _may_exchange(text):
        return
    found: dict[tuple[str, str], dict[str, s.Expr]] = {}
    for root in expressions(scope):
        for part in within(root, _MAX_DEPTH):
            for base, exponent, modulus in _powers(part):
                same = (text[exponent.pos : exponent.end], text[modulus.pos : modulus.end])
                found.setdefault(same, {}).setdefault(text[base.pos : base.end], part)
    for (exponent_text, _), powers in found.items():
        if len(powers) > 1:
            last = max(powers.values(), key=lambda power: power.pos)
            yield Declaration(exponent_text, "pow", KEY, (last.pos, last.end))


def _powers(part: s.Expr) -> Iterator[tuple[s.Expr, s.Expr, s.Expr]]:
    """`pow(base, exponent, modulus)` and `base ** exponent % modulus`, of an exponent that has a
    name."""
    match part:
        case s.Call(func=s.Name(id="pow")):
            given = part.by_position()
            if len(given) == 3 and isinstance(given[1], s.Name | s.Attr):
                yield given[0], given[1], given[2]
        case s.BinOp(op="%", left=s.BinOp(op="**", left=base, right=s.Name() | s.Attr() as up)):
            yield base, up, part.right


@lru_cache(maxsize=2)  # of a file, every function asks
def _may_exchange(text: str) -> bool:
    """Whether a file raises numbers to powers, talks to others and has no check of them."""
    if _POWER.search(text) is None:
        return False
    return _TALKS.search(text) is not None and _CHECKS.search(text) is None
