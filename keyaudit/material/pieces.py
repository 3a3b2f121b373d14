"""Pieces of key material with their places, and what the judges of a whole scan share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keyaudit.catalogue.types import Policy
from keyaudit.core import paths
from keyaudit.core.levels import Severity
from keyaudit.core.location import Step
from keyaudit.core.result import DocumentResult, Fact
from keyaudit.core.standing import AS_IT_IS, Standing
from keyaudit.core.timestamps import utc
from keyaudit.material import weak
from keyaudit.material.facts import KIND, from_fact
from keyaudit.material.types import Kind, Material

# A file with so many certificates is a list of authorities to trust, made by somebody else.
_BUNDLE = 5
# As OpenSSL's `rehash` names the files in a folder of authorities.
_HASHED = re.compile(r"[0-9a-f]{8}\.r?\d")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of material with its place. `bundled`: in a list of authorities.

    By its path `judged` the file is judged to be a test.
    """

    path: str
    fact: Fact
    material: Material
    bundled: bool
    judged: str

    @property
    def fault(self) -> str:
        """What `weak.fault_of` said."""
        return str(self.fact.values.get("fault", ""))

    @property
    def where(self) -> str:
        """The path, with the line in a text."""
        line = self.fact.span.line
        return f"{self.path}:{line}" if self.fact.code else self.path


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks: its match's parameters, and what they are held against.

    `now` is in seconds since 1970; `own` are the identities of the private keys of the scan,
    `untracked` the paths that git does not track, and would add. `partners` has for a modulus
    that shares a prime with another one that one.
    """

    parameters: Mapping[str, Any]
    policy: Policy
    now: float
    own: frozenset[str]
    untracked: frozenset[str] = frozenset()
    partners: Mapping[int, int] = field(default_factory=dict)

    def limit(self, name: str) -> float | None:
        """The limit that `below` or `above` gives; None when the policy sets none."""
        given = self.parameters[name]
        value = self.policy.limits[given["policy"]].value if isinstance(given, Mapping) else given
        return None if value is None else float(value)


# A piece with a fault: the reason in words, a severity it is not reported above, and the steps.
Judged = Iterator[tuple[Piece, str, Severity | None, tuple[Step, ...]]]


def pieces_of(
    results: Mapping[str, DocumentResult], standing: Standing = AS_IT_IS
) -> Iterator[Piece]:
    """All key material of a scan; `standing` says by which paths files are judged."""
    for path, result in results.items():
        facts = [(fact, from_fact(fact)) for fact in result.facts if fact.kind == KIND]
        certificates = sum(material.kind is Kind.CERTIFICATE for _, material in facts)
        for fact, material in facts:
            bundled = material.kind is Kind.CERTIFICATE and (
                certificates >= _BUNDLE or _HASHED.fullmatch(paths.name(path)) is not None
            )
            yield Piece(path, fact, material, bundled, standing.judged(path))


def living(pieces: Sequence[Piece], now: float) -> Iterator[Piece]:
    """Without expired certificates, authorities that everybody trusts, and what is none."""
    for piece in pieces:
        validity = piece.material.validity
        if piece.bundled or piece.fault == weak.DAMAGED:
            continue
        if validity is None or validity.ends >= now:
            yield piece


def step(piece: Piece, text: str) -> Step:
    """A step of evidence at a piece."""
    return Step(piece.path, piece.fact.span, text, piece.fact.code)


def date(seconds: int) -> str:
    """The day of a time in seconds since 1970, in UTC."""
    return utc(seconds).strftime("%Y-%m-%d")
