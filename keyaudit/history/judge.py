"""The rules about time: which secrets were removed and count as leaked, which are too old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Catalogue, Policy, Rule
from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Severity

PRIVATE_KEY = "private-key"
SECRET = "secret"  # noqa: S105


def judge(
    finding: Finding, history: History, catalogue: Catalogue, policy: Policy
) -> list[Finding]:
    """The findings about a secret: its own while it is in HEAD, and those of `history` rules."""
    found = [replace(finding, history=history)] if history.in_head else []
    for rule, parameters in _rules(catalogue):
        state = parameters["state"]
        if history.in_head != (state == "present"):
            continue
        # A stand-in is no leak and has no cryptoperiod.
        if finding.severity == Severity.NOTE:
            continue
        if state == "removed":
            found.append(_made(rule, finding, history, policy, 0))
            continue
        limit = _limit(parameters["older-than"], finding, policy)
        days = history.exposed_days
        if days is not None and days > limit:
            found.append(_made(rule, finding, history, policy, limit))
    return found


def _rules(catalogue: Catalogue) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
    for rule in catalogue.rules.values():
        for match in rule.matches:
            if match.kind == "history":
                yield rule, match.parameters


def _limit(asked: Mapping[str, Any], finding: Finding, policy: Policy) -> float:
    value = policy.limits[asked["policy"]].value
    if isinstance(value, Mapping):
        pem = finding.preview is not None and finding.preview.startswith("-----BEGIN")
        value = value.get(PRIVATE_KEY if pem else SECRET, value["default"])
    return float("inf") if value is None else float(value)


def _made(rule: Rule, finding: Finding, history: History, policy: Policy, limit: float) -> Finding:
    severity = finding.severity
    if rule.severity < severity:
        severity = rule.severity
    # What is said of where to revoke it stands after that.
    name, _, more = finding.message.partition(" in the source")
    return replace(
        finding,
        rule_id=rule.id,
        message=rule.message.format(
            name=name,
            days=f"{history.exposed_days or 0:,}",
            limit=f"{limit:,.0f}",
            policy=policy.name,
        )
        + more,
        severity=severity,
        subject=f"{finding.rule_id}:{finding.subject}",
        steps=(),
        fix=None,
        history=history,
    )
