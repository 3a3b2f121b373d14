"""Removes repeated findings: where two rules report the same literal or key, one finding stays.

- `KEY = "…"` is a secret for a text rule, and a hardcoded key for a code rule if it reaches a
  cipher: the code finding stays, since its evidence shows what the literal is used for.
- A key file that git would add is not committed yet: the finding that says so stays, and the one
  that says it contains a private key goes.
- A secret setting may be reported by a configuration rule and a text rule: the more serious
  finding stays, and of two equal ones that of the text rule, which names the token's issuer.

This is done after rules are selected, so that the text finding counts if the code rule is not
selected, and before suppressions and the baseline are applied, so that suppressing one finding does
not bring up the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.core.location import Span
from keyaudit.core.paths import PYTHON


def drop_repeats(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """The findings without those that another finding covers.

    A text finding is covered if a code finding is about the same literal. A code finding is about a
    literal if it has a preview: the literal is at its first step, or without steps at its own span.
    Both spans must overlap.
    """
    if len(findings) < 2:
        return list(findings)
    asked = [rules[name] for name in {f.rule_id for f in findings} if name in rules]
    unadded = {rule.id for rule in asked if rule.tells_of("not-ignored")}
    keys = {(f.path, f.span.line) for f in findings if f.rule_id in unadded}
    if keys:
        private = {rule.id for rule in asked if rule.tells_of("private")}
        findings = [
            f for f in findings if f.rule_id not in private or (f.path, f.span.line) not in keys
        ]
    text_rules = {rule.id for rule in asked if _is_of_text(rule)}
    findings = _without_weaker_settings(findings, text_rules, asked)
    literals: dict[str, list[Span]] = {}
    for finding in findings:
        if finding.rule_id not in text_rules and finding.preview is not None:
            for path, span in _places(finding):
                literals.setdefault(path, []).append(span)
    by_text = {rule.id: _detectors(rule) for rule in asked if rule.id not in text_rules}
    own: dict[tuple[str, str], list[Span]] = {}
    for finding in findings:
        if by_text.get(finding.rule_id) and not _is_by(finding, by_text[finding.rule_id]):
            for path, span in _places(finding):
                own.setdefault((finding.rule_id, path), []).append(span)
    kept = []
    for finding in findings:
        told: Sequence[Span] = ()
        if finding.rule_id in text_rules:
            told = literals.get(finding.path, ())
        elif _is_by(finding, by_text.get(finding.rule_id, frozenset())):
            told = own.get((finding.rule_id, finding.path), ())
        if not any(_share(finding.span, span) for span in told):
            kept.append(finding)
    return kept


def _detectors(rule: Rule) -> frozenset[str]:
    """The detectors of text by which a rule finds something."""
    return frozenset(
        name
        for match in rule.matches
        if match.kind == "text"
        for name in match.parameters["detectors"]
    )


def _is_by(finding: Finding, detectors: Set[str]) -> bool:
    return finding.subject.partition(":")[0] in detectors


def _without_weaker_settings(
    findings: Sequence[Finding], text_rules: Set[str], rules: Iterable[Rule]
) -> Sequence[Finding]:
    """The findings without those on settings whose text another says as much of, or more.

    Of two on one text that is secret by two settings, a parameter's default and what it is used
    for, the more serious stays.
    """
    kinds = {rule.id: {match.kind for match in rule.matches} for rule in rules}
    told: dict[str, list[Finding]] = {}
    settings = [
        f
        for f in findings
        if f.preview is not None
        and "config" in kinds.get(f.rule_id, ())
        and (kinds[f.rule_id] == {"config"} or not f.path.endswith(PYTHON))
    ]
    if not settings:
        return findings
    for finding in findings:
        if finding.rule_id in text_rules:
            told.setdefault(finding.path, []).append(finding)
    dropped: set[int] = set()
    for finding in sorted(settings, key=lambda f: -f.severity):
        literal, span = next(iter(_places(finding)))
        known = told.get(literal, ())
        if any(_share(other.span, span) and other.severity >= finding.severity for other in known):
            dropped.add(id(finding))
        else:
            told.setdefault(literal, []).append(replace(finding, path=literal, span=span))
    return [finding for finding in findings if id(finding) not in dropped]


def _is_of_text(rule: Rule) -> bool:
    """A key in the text may be told by its looks, or by having been read."""
    kinds = {match.kind for match in rule.matches}
    return "text" in kinds and kinds <= {"text", "material"}


def _places(finding: Finding) -> Iterable[tuple[str, Span]]:
    if finding.steps:
        yield finding.steps[0].path, finding.steps[0].span
    yield finding.path, finding.span


def _share(one: Span, other: Span) -> bool:
    return (one.line, one.column) < (other.end_line, other.end_column) and (
        other.line,
        other.column,
    ) < (one.end_line, one.end_column)
