"""Analyzes the key material of a whole scan: weak keys, repeated keys, expired certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Catalogue, Policy, Rule
from keyaudit.core.context import is_test_path, is_trial_path
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity, lowered
from keyaudit.core.location import Step
from keyaudit.core.report import Notice
from keyaudit.core.result import DocumentResult
from keyaudit.core.standing import AS_IT_IS, Standing
from keyaudit.material import password_encryption, shared_primes, weak
from keyaudit.material.faults import DATED, JUDGES, moduli_of
from keyaudit.material.pieces import Asked, Piece, date, pieces_of, step
from keyaudit.material.types import Kind, describe


def judge(
    results: Mapping[str, DocumentResult],
    catalogue: Catalogue,
    policy: Policy,
    now: float,
    untracked: frozenset[str] = frozenset(),
    standing: Standing = AS_IT_IS,
    partners: Mapping[int, int] | None = None,
) -> dict[str, tuple[Finding, ...]]:
    """The findings that depend on several documents, on the date or on git, by path.

    `now` is in seconds since 1970; `untracked` are the paths of files that git would add.
    `standing` gives the path by which a file is judged to be a test; `partners` is as in `Asked`.
    """
    pieces = list(pieces_of(results, standing))
    if not pieces:
        return {}
    own = frozenset(p.material.identity for p in pieces if p.material.kind is Kind.PRIVATE) - {""}
    found: dict[tuple[str, str, int, str], Finding] = {}
    for rule in catalogue.rules.values():
        for match in rule.matches:
            made = JUDGES.get(match.parameters["fault"]) if match.kind == "material" else None
            if made is None:
                continue
            asked = Asked(match.parameters, policy, now, own, untracked, partners or {})
            for piece, reason, severity, steps in made(asked, pieces):
                # A key is weak once in a file, a certificate out of time at its own place.
                identity = piece.material.identity
                dated = match.parameters["fault"] in DATED
                line = piece.fact.span.line if dated or not identity else 0
                at = (rule.id, piece.path, line, identity)
                finding = _finding(rule, match.parameters, piece, reason, severity, steps, policy)
                if at not in found or found[at].severity < finding.severity:
                    found[at] = finding
    by_path: dict[str, tuple[Finding, ...]] = {}
    for finding in found.values():
        by_path[finding.path] = (*by_path.get(finding.path, ()), finding)
    return by_path


def moduli(results: Mapping[str, DocumentResult], standing: Standing = AS_IT_IS) -> list[int]:
    """The RSA moduli of a scan to compare for common primes; those of private keys first."""
    return shared_primes.comparable(moduli_of(list(pieces_of(results, standing))))


def notices(
    results: Mapping[str, DocumentResult], standing: Standing = AS_IT_IS
) -> tuple[Notice, ...]:
    """Notices of the kind `limit`, on keys that were not compared or not looked up."""
    pieces = list(pieces_of(results, standing))
    every = moduli_of(pieces)
    number, most = len(every), len(shared_primes.comparable(every))
    texts = []
    if number > most:
        text = f"only {most:,} of {number:,} RSA keys were compared for primes in common"
        if most < number <= 5_000:
            text += "; with the extra `material`, all are"
        texts.append(text)
    private = {
        piece.material.key.modulus
        for piece in pieces
        if piece.material.kind is Kind.PRIVATE and not is_test_path(piece.judged)
    } - {0}
    if private and not weak.knows_public_keys():
        keys = (
            "a private RSA key was"
            if len(private) == 1
            else f"{len(private):,} private RSA keys were"
        )
        texts.append(
            f"{keys} not looked up among the keys that are public, such as Debian's of 2008: that "
            "takes the extra `material`, and `badkeys --update-bl` once"
        )
    return tuple(Notice("limit", text) for text in texts)


def with_certificates(results: Mapping[str, DocumentResult]) -> dict[str, DocumentResult]:
    """The results, with the place of the certificate added to the findings of private keys."""
    pieces = list(pieces_of(results))
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


def with_seals(
    results: Mapping[str, DocumentResult], catalogue: Catalogue, policy: Policy
) -> dict[str, DocumentResult]:
    """The results, in which findings of encrypted private keys tell of a weak key derivation.

    It is weak if passwords can be tried faster than the policy allows.
    """
    rules = {
        rule.id
        for rule in catalogue.rules.values()
        for match in rule.matches
        if match.kind == "material" and match.parameters["fault"] == "private"
    }
    changed = dict(results)
    for piece in pieces_of(results):
        seal = piece.material.seal
        text = "" if seal is None else password_encryption.weakness(seal, policy)
        if not text:
            continue
        result = changed[piece.path]
        findings = tuple(
            replace(f, message=f"{f.message}; {text}")
            if f.rule_id in rules and f.span == piece.fact.span and text not in f.message
            else f
            for f in result.findings
        )
        changed[piece.path] = replace(result, findings=findings)
    return changed


def _finding(
    rule: Rule,
    parameters: Mapping[str, Any],
    piece: Piece,
    reason: str,
    severity: Severity | None,
    steps: tuple[Step, ...],
    policy: Policy,
) -> Finding:
    own = parameters.get("severity")
    level = rule.severity if own is None else Severity[own.upper()]
    if severity is not None:
        level = min(level, severity)
    # What else is wrong with an example that everybody has is of no weight.
    example = piece.fact.values.get("published") and parameters["fault"] != "published"
    among = is_test_path if parameters["fault"] == "repeated" else is_trial_path
    if example:
        level = min(level, Severity.NOTE)
    aside = among(piece.judged) or bool(piece.fact.values.get("example"))
    level, elsewhere = lowered(level, aside=aside)
    message = rule.message.format(name=describe(piece.material), reason=reason, policy=policy.name)
    return Finding(
        rule_id=rule.id,
        path=piece.path,
        span=piece.fact.span,
        message=message[:1].upper() + message[1:],
        severity=level,
        confidence=rule.confidence,
        code=piece.fact.code,
        subject=f"{parameters['fault']}:{piece.material.identity}",
        steps=steps,
        lowered_from=elsewhere,
    )


def _accompanied(finding: Finding, certificate: Piece) -> Finding:
    validity = certificate.material.validity
    until = f", valid until {date(validity.ends)}" if validity else ""
    steps = (
        Step(finding.path, finding.span, "the private key", finding.code),
        step(certificate, f"its certificate{until}"),
    )
    return replace(finding, steps=steps)
