"""Pieces of key material with their places, and helpers that the analyses of a whole scan share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keyaudit.catalogue.types import Policy
from keyaudit.core import paths
from keyaudit.core.levels import Severity
from keyaudit.core.location import Step
from keyaudit.core.patterns import regex
from keyaudit.core.result import DocumentResult, Fact
from keyaudit.core.standing import AS_IT_IS, Standing
from keyaudit.core.timestamps import utc
from keyaudit.material import weak
from keyaudit.material.facts import KIND, from_fact
from keyaudit.material.types import Kind, Material

# A file with so many certificates is a list of authorities to trust, made by somebody else.
_BUNDLE = 5
# As OpenSSL's `rehash` names the files in a folder of authorities.
_HASHED = regex(r"[0-9a-f]{8}\.r?\d")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of key material in the file at `path`.

    `bundled`: it is a certificate in a list of trusted authorities. `judged` is the path by which
    the file is judged to be a test.
    """

    path: str
    fact: Fact
    material: Material
    bundled: bool
    judged: str

    @property
    def fault(self) -> str:
        """The fault of the RSA key in words, from `weak.fault_of`; "" if none is known."""
        return str(self.fact.values.get("fault", ""))

    @property
    def where(self) -> str:
        """`PATH:LINE`, or the path alone for a binary file."""
        line = self.fact.span.line
        return f"{self.path}:{line}" if self.fact.code else self.path


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule asks for: the parameters of its match, and what they are compared with.

    `now` is in seconds since 1970. `own` are the identities of the scan's private keys, `untracked`
    the paths of files that git does not track but would add. `partners` maps a modulus to another
    one that it shares a prime with.
    """

    parameters: Mapping[str, Any]
    policy: Policy
    now: float
    own: frozenset[str]
    untracked: frozenset[str] = frozenset()
    partners: Mapping[int, int] = field(default_factory=dict)

    def limit(self, name: str) -> float | None:
        """The limit in the parameter `name` (`below` or `above`); None if the policy sets none."""
        given = self.parameters[name]
        value = self.policy.limits[given["policy"]].value if isinstance(given, Mapping) else given
        return None if value is None else float(value)


# A piece with a fault: the reason in words, a severity it is not reported above, and the steps.
Judged = Iterator[tuple[Piece, str, Severity | None, tuple[Step, ...]]]


def pieces_of(
    results: Mapping[str, DocumentResult], standing: Standing = AS_IT_IS
) -> Iterator[Piece]:
    """All pieces of key material in the results of a scan.

    `standing` gives the path by which a file is judged to be a test.
    """
    for path, result in results.items():
        facts = [(fact, from_fact(fact)) for fact in result.facts if fact.kind == KIND]
        certificates = sum(material.kind is Kind.CERTIFICATE for _, material in facts)
        for fact, material in facts:
            bundled = material.kind is Kind.CERTIFICATE and (
                certificates >= _BUNDLE or _HASHED.fullmatch(paths.name(path)) is not None
            )
            yield Piece(path, fact, material, bundled, standing.judged(path))


def living(pieces: Sequence[Piece], now: float) -> Iterator[Piece]:
    """The pieces without expired certificates, bundled certificates, and damaged keys."""
    for piece in pieces:
        validity = piece.material.validity
        if piece.bundled or piece.fault == weak.DAMAGED:
            continue
        if validity is None or validity.ends >= now:
            yield piece


def step(piece: Piece, text: str) -> Step:
    """An evidence step at the place of a piece."""
    return Step(piece.path, piece.fact.span, text, piece.fact.code)


def date(seconds: int) -> str:
    """The date (YYYY-MM-DD, UTC) of a time in seconds since 1970."""
    return utc(seconds).strftime("%Y-%m-%d")
