"""Applies the rules about time: leaked secrets that were removed, keys past their cryptoperiod."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Catalogue, Policy, Rule
from keyaudit.core.finding import Finding, History
from keyaudit.scanning.lifetimes import broken_limit
from keyaudit.secrets.detectors.deploy_files import ARGUMENT

_IN_SOURCE = (" in the source", " in the history, outside of any file")
# What the rules say of a secret: its name, where it stands, where to revoke it.
_SAID = re.compile(
    r"(.*?)(?: is written| stands| falls back to one written)? in the source(?: code)?\b(.*)"
)


def judge(
    finding: Finding, history: History, catalogue: Catalogue, policy: Policy
) -> list[Finding]:
    """The findings about a secret: its own while it is in HEAD, and those of rules of the kind
    `history`.

    A build argument is none: the file has no value of it.
    """
    if finding.subject.startswith(f"{ARGUMENT}:"):
        return []
    if history.is_message:  # which is a leak, whatever its age, and no place where a key is in use
        said = finding.message.replace(*_IN_SOURCE)
        return [replace(finding, message=said, history=history)]
    found = [replace(finding, history=history)] if history.in_head else []
    for rule, parameters in _rules(catalogue):
        limit = broken_limit(
            parameters, finding, policy, catalogue,
            in_head=history.in_head, days=history.exposed_days,
        )  # fmt: skip
        if limit is not None:
            found.append(_made(rule, finding, history, policy, limit))
    return found


def _rules(catalogue: Catalogue) -> Iterator[tuple[Rule, Mapping[str, Any]]]:
    for rule in catalogue.rules.values():
        for match in rule.matches:
            if match.kind == "history":
                yield rule, match.parameters


def _made(rule: Rule, finding: Finding, history: History, policy: Policy, limit: float) -> Finding:
    severity = finding.severity
    if rule.severity < severity:
        severity = rule.severity
    name, more = _named(finding.message)
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


def _named(message: str) -> tuple[str, str]:
    """What a finding's message calls the secret, and what it says after that."""
    said = _SAID.fullmatch(message)
    return (said[1], said[2]) if said else (message, "")
