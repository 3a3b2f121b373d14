"""The key material of a whole scan: weak keys, keys in several places, certificates out of time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from keyaudit.catalogue.types import Catalogue, Policy, Rule
from keyaudit.core.context import is_test_path
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity
from keyaudit.core.location import Step
from keyaudit.core.result import DocumentResult, Fact
from keyaudit.material import weak
from keyaudit.material.facts import KIND, from_fact
from keyaudit.material.types import Kind, Material, describe

_DAY = 86_400
# A file with so many certificates is a list of authorities to trust, made by somebody else.
_BUNDLE = 5
# A factor that two moduli share by being damaged is smaller than any prime of a key.
_LEAST_PRIME_BITS = 100
# As OpenSSL's `rehash` names the files in a folder of authorities.
_HASHED = re.compile(r"[0-9a-f]{8}\.r?\d")
_MOST_PLACES = 10
_ENVIRONMENTS = {
    "dev": "development", "develop": "development", "development": "development",
    "local": "development", "qa": "test", "uat": "test", "test": "test", "testing": "test",
    "ci": "test", "stage": "staging", "stg": "staging", "staging": "staging",
    "preprod": "staging", "sandbox": "sandbox", "demo": "demo",
    "prod": "production", "prd": "production", "production": "production", "live": "production",
}  # fmt: skip
_WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece of material with its place. `bundled`: in a list of authorities."""

    path: str
    fact: Fact
    material: Material
    bundled: bool

    @property
    def fault(self) -> str:
        return str(self.fact.values.get("fault", ""))

    @property
    def where(self) -> str:
        line = self.fact.span.line
        return f"{self.path}:{line}" if self.fact.code else self.path


def judge(
    results: Mapping[str, DocumentResult], catalogue: Catalogue, policy: Policy, now: float
) -> dict[str, tuple[Finding, ...]]:
    """By path, the findings that rest on the facts of all documents or on the date.

    `now` is in seconds since 1970.
    """
    pieces = list(_pieces(results))
    if not pieces:
        return {}
    judges = {"short": _short, "exponent": _exponent, "breakable": _breakable,
              "repeated": _repeated, "expired": _expired, "too-long": _too_long}  # fmt: skip
    own = frozenset(p.material.identity for p in pieces if p.material.kind is Kind.PRIVATE) - {""}
    found: dict[tuple[str, str, int, str], Finding] = {}
    for rule in catalogue.rules.values():
        for match in rule.matches:
            made = judges.get(match.parameters["fault"]) if match.kind == "material" else None
            if made is None:
                continue
            asked = _Asked(match.parameters, policy, now, own)
            for piece, reason, severity, steps in made(asked, pieces):
                at = (rule.id, piece.path, piece.fact.span.line, piece.material.identity)
                finding = _finding(rule, match.parameters, piece, reason, severity, steps, policy)
                if at not in found or found[at].severity < finding.severity:
                    found[at] = finding
    by_path: dict[str, tuple[Finding, ...]] = {}
    for finding in found.values():
        by_path[finding.path] = (*by_path.get(finding.path, ()), finding)
    return by_path


def with_certificates(results: Mapping[str, DocumentResult]) -> dict[str, DocumentResult]:
    """The results, in which the finding of a private key tells where its certificate stands."""
    pieces = list(_pieces(results))
    certificates = {
        piece.material.key.identity: piece
        for piece in reversed(pieces)
        if piece.material.kind is Kind.CERTIFICATE and piece.material.key.identity
    }
    changed = dict(results)
    for piece in pieces:
        known = certificates.get(piece.material.key.identity)
        if piece.material.kind is not Kind.PRIVATE or known is None:
            continue
        result = changed[piece.path]
        findings = tuple(
            _accompanied(f, known) if f.span == piece.fact.span and not f.steps else f
            for f in result.findings
        )
        changed[piece.path] = replace(result, findings=findings)
    return changed


@dataclass(frozen=True, slots=True)
class _Asked:
    parameters: Mapping[str, Any]
    policy: Policy
    now: float
    own: frozenset[str]

    def limit(self, name: str) -> float | None:
        """The limit that `below` or `above` gives; None when the policy sets none."""
        given = self.parameters[name]
        value = self.policy.limits[given["policy"]].value if isinstance(given, Mapping) else given
        return None if value is None else float(value)


_Judged = Iterator[tuple[_Piece, str, Severity | None, tuple[Step, ...]]]


def _short(asked: _Asked, pieces: Sequence[_Piece]) -> _Judged:
    limit = asked.limit("below")
    if limit is None:
        return
    algorithms = asked.parameters["algorithms"]
    for piece in _living(pieces, asked.now):
        key = piece.material.key
        if key.algorithm in algorithms and 0 < key.bits < limit:
            reason = f"{key.bits:,} bits, where policy {asked.policy.name} asks for {limit:,.0f}"
            # Somebody else's public key is their fault, and cannot be mended here.
            known = piece.material.kind in (Kind.PRIVATE, Kind.REQUEST)
            mine = known or piece.material.identity in asked.own
            yield piece, f"{reason} or more", None if mine else Severity.MEDIUM, ()


def _exponent(asked: _Asked, pieces: Sequence[_Piece]) -> _Judged:
    limit = asked.limit("below")
    for piece in _living(pieces, asked.now):
        exponent = piece.material.key.exponent
        if limit is not None and 1 < exponent < limit:
            text = f"its exponent is {exponent:,}, where policy {asked.policy.name} asks for"
            yield piece, f"{text} {limit:,.0f} or more", None, ()


def _breakable(asked: _Asked, pieces: Sequence[_Piece]) -> _Judged:
    for piece in pieces:
        if piece.fault and piece.fault != weak.DAMAGED:
            yield piece, piece.fault, None, ()
    by_modulus: dict[int, _Piece] = {}
    for piece in pieces:
        if piece.material.key.modulus and not piece.fault:
            by_modulus.setdefault(piece.material.key.modulus, piece)
    moduli = list(by_modulus)
    factors = dict(zip(moduli, weak.shared_factors(moduli), strict=True))
    broken = {n: f for n, f in factors.items() if f.bit_length() >= _LEAST_PRIME_BITS}
    for piece in pieces:
        modulus = piece.material.key.modulus
        if modulus not in broken:
            continue
        other = next((by_modulus[n] for n in broken if n != modulus and _shares(n, modulus)), None)
        if other is not None:
            steps = (_step(piece, "this key"), _step(other, "this one has a prime in common"))
            text = f"it has a prime in common with the key in {other.where}"
            yield piece, f"{text}, so both can be factored", None, steps


def _shares(one: int, other: int) -> bool:
    return math.gcd(one, other) != 1


def _repeated(asked: _Asked, pieces: Sequence[_Piece]) -> _Judged:
    places: dict[str, dict[str, _Piece]] = {}
    for piece in pieces:
        if piece.material.kind is Kind.PRIVATE and piece.material.identity:
            places.setdefault(piece.material.identity, {}).setdefault(piece.path, piece)
    for found in places.values():
        if len(found) < 2:
            continue
        # The first that is no test stands for all.
        ordered = sorted(found.values(), key=lambda p: (is_test_path(p.path), p.path))
        first, others = ordered[0], ordered[1:]
        serious = [piece for piece in ordered if not is_test_path(piece.path)]
        environments = sorted({e for piece in serious for e in _environments(piece.path)})
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
        steps = [
            _step(first, "this key"),
            *(_step(p, "the same key") for p in others[:_MOST_PLACES]),
        ]
        yield first, reason + ", ".join(named), severity, tuple(steps)


def _environments(path: str) -> set[str]:
    words = _WORDS.findall(path.lower())
    return {_ENVIRONMENTS[word] for word in words if word in _ENVIRONMENTS}


def _expired(asked: _Asked, pieces: Sequence[_Piece]) -> _Judged:
    for piece in pieces:
        validity = piece.material.validity
        if validity is not None and validity.ends < asked.now and not piece.bundled:
            yield piece, f"expired on {_date(validity.ends)}", None, ()


def _too_long(asked: _Asked, pieces: Sequence[_Piece]) -> _Judged:
    limit = asked.limit("above")
    for piece in _living(pieces, asked.now):
        validity = piece.material.validity
        if limit is None or validity is None or validity.authority or not validity.server:
            continue
        days = (validity.ends - validity.begins) / _DAY
        if days > limit + 1:  # the last second counts, and some count it as a day
            text = f"is valid for {days:,.0f} days, until {_date(validity.ends)}"
            yield piece, f"{text}; policy {asked.policy.name} allows {limit:,.0f}", None, ()


def _living(pieces: Sequence[_Piece], now: float) -> Iterator[_Piece]:
    """Without expired certificates, authorities that everybody trusts, and what is none."""
    for piece in pieces:
        validity = piece.material.validity
        if piece.bundled or piece.fault == weak.DAMAGED:
            continue
        if validity is None or validity.ends >= now:
            yield piece


def _pieces(results: Mapping[str, DocumentResult]) -> Iterator[_Piece]:
    for path, result in results.items():
        facts = [(fact, from_fact(fact)) for fact in result.facts if fact.kind == KIND]
        certificates = sum(material.kind is Kind.CERTIFICATE for _, material in facts)
        for fact, material in facts:
            bundled = material.kind is Kind.CERTIFICATE and (
                certificates >= _BUNDLE or _HASHED.fullmatch(path.rpartition("/")[2]) is not None
            )
            yield _Piece(path, fact, material, bundled)


def _finding(
    rule: Rule,
    parameters: Mapping[str, Any],
    piece: _Piece,
    reason: str,
    severity: Severity | None,
    steps: tuple[Step, ...],
    policy: Policy,
) -> Finding:
    own = parameters.get("severity")
    level = rule.severity if own is None else Severity[own.upper()]
    if severity is not None:
        level = min(level, severity)
    if is_test_path(piece.path) or piece.fact.values.get("example"):
        level = min(level, Severity.NOTE)
    name = describe(piece.material)
    return Finding(
        rule_id=rule.id,
        path=piece.path,
        span=piece.fact.span,
        message=rule.message.format(
            name=name[:1].upper() + name[1:], reason=reason, policy=policy.name
        ),
        severity=level,
        confidence=rule.confidence,
        code=piece.fact.code,
        subject=f"{parameters['fault']}:{piece.material.identity}",
        steps=steps,
    )


def _accompanied(finding: Finding, certificate: _Piece) -> Finding:
    validity = certificate.material.validity
    until = f", valid until {_date(validity.ends)}" if validity else ""
    steps = (
        Step(finding.path, finding.span, "the private key", finding.code),
        _step(certificate, f"its certificate{until}"),
    )
    return replace(finding, steps=steps)


def _step(piece: _Piece, text: str) -> Step:
    return Step(piece.path, piece.fact.span, text, piece.fact.code)


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
