"""Merges the findings of rules about a whole project: one finding with all places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding
from keyaudit.core.fingerprint import project_fingerprint
from keyaudit.core.levels import Severity
from keyaudit.core.location import Step

_MOST_PLACES = 20
# What the steps say that are the other places of a finding.
OTHER_PLACE = "here too"


def told_once(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """The findings, with those of each rule that has `once: project` merged into the first.

    The places of the others become its steps, and its fingerprint is that of the rule, whichever
    place comes first. Notes and suppressed findings are not merged.
    """
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if _counts(finding, rules):
            groups.setdefault(finding.rule_id, []).append(finding)
    first = {id(group[0]): group[1:] for group in groups.values()}
    return [
        _with_places(finding, first[id(finding)]) if id(finding) in first else finding
        for finding in findings
        if id(finding) in first or not _counts(finding, rules)
    ]


def _counts(finding: Finding, rules: Mapping[str, Rule]) -> bool:
    rule = rules.get(finding.rule_id)
    serious = finding.severity is not Severity.NOTE and finding.suppression is None
    return rule is not None and rule.once and serious


def _with_places(finding: Finding, others: Sequence[Finding]) -> Finding:
    message = finding.message
    if others:
        number = len(others)
        message += f"; so it is in {number} more {'places' if number > 1 else 'place'}"
    places = [Step(f.path, f.span, OTHER_PLACE, f.code) for f in others[:_MOST_PLACES]]
    return replace(
        finding,
        message=message,
        steps=(*finding.steps, *places),
        fingerprint=project_fingerprint(finding.rule_id),
    )
