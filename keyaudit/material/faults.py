"""Finds faults of key material, such as `short` or `expired`: one function for each.

Each looks at all pieces of a scan and yields those with the fault (see `JUDGES`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from keyaudit.core.context import is_test_path
from keyaudit.core.environments import environments_of
from keyaudit.core.levels import Severity
from keyaudit.core.patterns import regex
from keyaudit.material import weak
from keyaudit.material.pieces import Asked, Judged, Piece, date, living, step
from keyaudit.material.types import Kind

_DAY = 86_400
_MOST_PLACES = 10
# Text may stand above the key (`openssl pkcs12` writes attributes there).
_KEY_FILE = regex(r"\.(?:pem|key|p8|pk8|asc|gpg|ppk|jwks?)$|(?:^|/)id_[a-z0-9_]+$", re.I)


def _short(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    limit = asked.limit("below")
    if limit is None:
        return
    algorithms = asked.parameters["algorithms"]
    for piece in living(pieces, asked.now):
        key = piece.material.key
        if key.algorithm in algorithms and 0 < key.bits < limit:
            reason = f"policy {asked.policy.name} asks for {limit:,.0f} bits"
            # Somebody else's public key is their fault, and cannot be mended here.
            known = piece.material.kind in (Kind.PRIVATE, Kind.REQUEST, Kind.PARAMETERS)
            mine = known or piece.material.identity in asked.own
            yield piece, f"{reason} or more", None if mine else Severity.MEDIUM, ()


def _exponent(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    limit = asked.limit("below")
    for piece in living(pieces, asked.now):
        exponent = piece.material.key.exponent
        if limit is not None and 1 < exponent < limit:
            text = f"its exponent is {exponent:,}, where policy {asked.policy.name} asks for"
            yield piece, f"{text} {limit:,.0f} or more", None, ()


def _breakable(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    for piece in pieces:
        if piece.fault and piece.fault != weak.DAMAGED:
            yield piece, piece.fault, None, ()
    by_modulus = moduli_of(pieces)
    for piece in pieces:
        other = by_modulus.get(asked.partners.get(piece.material.key.modulus, 0))
        if other is not None:
            steps = (step(piece, "this key"), step(other, "this one has a prime in common"))
            text = f"it has a prime in common with the key in {other.where}"
            yield piece, f"{text}, so both can be factored", None, steps


def _published(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    for piece in living(pieces, asked.now):
        place = piece.fact.values.get("published")
        if place:
            # A public key is there to be trusted; a private one may be a copy of the example.
            severity = None if piece.material.kind is Kind.PUBLIC else Severity.MEDIUM
            yield piece, f"its private half is published ({place})", severity, ()


def moduli_of(pieces: Sequence[Piece]) -> dict[int, Piece]:
    """The RSA moduli without a known fault, each with a piece that has it; private keys first."""
    found: dict[int, Piece] = {}
    for piece in sorted(pieces, key=lambda piece: piece.material.kind is not Kind.PRIVATE):
        if piece.material.key.modulus and not piece.fault:
            found.setdefault(piece.material.key.modulus, piece)
    return found


def _repeated(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    places: dict[str, dict[str, Piece]] = {}
    for piece in pieces:
        if piece.material.kind is Kind.PRIVATE and piece.material.identity:
            places.setdefault(piece.material.identity, {}).setdefault(piece.path, piece)
    for found in places.values():
        if len(found) < 2:
            continue
        # The first that is no test stands for all.
        ordered = sorted(found.values(), key=lambda p: (is_test_path(p.judged), p.path))
        first, others = ordered[0], ordered[1:]
        serious = [piece for piece in ordered if not is_test_path(piece.judged)]
        environments = sorted({e for piece in serious for e in environments_of(piece.path)})
        severity: Severity | None = None
        if len(environments) > 1:
            reason = f"the same key is in use in {' and '.join(environments)}: also in "
        else:
            severity, reason = Severity.MEDIUM, "the same key stands in "
        if len(serious) < 2 or all(piece.material.encrypted for piece in ordered):
            severity = Severity.LOW
        named = [piece.where for piece in others[:_MOST_PLACES]]
        if len(others) > _MOST_PLACES:
            named.append(f"{len(others) - _MOST_PLACES} more files")
        known = first.material.key.identity
        told = f"; the SHA-256 of its public half is {known}" if known else ""
        steps = [step(first, f"this key{told}")]
        steps += [step(piece, "the same key") for piece in others[:_MOST_PLACES]]
        yield first, reason + ", ".join(named), severity, tuple(steps)


def _expired(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    for piece in pieces:
        validity = piece.material.validity
        if validity is not None and validity.ends < asked.now and not piece.bundled:
            yield piece, f"expired on {date(validity.ends)}", None, ()


def _too_long(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    limit = asked.limit("above")
    for piece in living(pieces, asked.now):
        validity = piece.material.validity
        if limit is None or validity is None or validity.authority or not validity.server:
            continue
        days = (validity.ends - validity.begins) / _DAY
        if days > limit + 1:  # the last second counts, and some count it as a day
            text = f"is valid for {days:,.0f} days, until {date(validity.ends)}"
            yield piece, f"{text}; policy {asked.policy.name} allows {limit:,.0f}", None, ()


def _not_ignored(asked: Asked, pieces: Sequence[Piece]) -> Judged:
    """Files that are a key: what stands in code is a fault of its own, tracked or not."""
    for piece in pieces:
        if piece.path not in asked.untracked or piece.material.kind is not Kind.PRIVATE:
            continue
        if piece.fact.span.line == 1 or _KEY_FILE.search(piece.path):
            severity = Severity.LOW if piece.material.encrypted else None
            yield piece, "", severity, ()


# The faults of a certificate rather than of its key.
DATED = frozenset({"expired", "too-long"})
JUDGES: Mapping[str, Callable[[Asked, Sequence[Piece]], Judged]] = {
    "short": _short,
    "exponent": _exponent,
    "breakable": _breakable,
    "published": _published,
    "repeated": _repeated,
    "expired": _expired,
    "too-long": _too_long,
    "not-ignored": _not_ignored,
}
