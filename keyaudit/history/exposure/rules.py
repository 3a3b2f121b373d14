"""Applies the rules about time: leaked secrets that were removed, keys past their cryptoperiod."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Catalogue, Policy, Rule
from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Severity
from keyaudit.core.paths import PYTHON
from keyaudit.core.patterns import regex
from keyaudit.scanning.lifetimes import broken_limit
from keyaudit.secrets.detectors.deploy_files import ARGUMENT

# The rules about a value that stands in the code itself: it is no secret any more, at any time.
LITERAL_RULES = frozenset({"KA301", "KA311", "KA312"})
# Kinds of matches that tell of a value in any text.
_OF_VALUES = frozenset({"text", "material", "config"})
_IN_SOURCE = (" in the source", " in the history, outside of any file")
# What the rules say of a secret, and how it is called as something that may be gone, or old.
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (regex(said), called)
    for said, called in (
        (r"(.*?)(?: is written| stands| falls back to one written)? in the source(?: code)?\b"
         r"(?P<more>.*)", r"\1"),
        (r"(.*?) (?:is written|stands) in .*", r"\1"),
        (r"(.*?) is set for everybody who does not set another", r"The default of \1"),
        (r"The (.*?), which is secret, has a default .*", r"The default of the \1"),
        (r"(.*?) is named as a secret and stored in plain, .*", r"\1, named as a secret,"),
        (r"(.*?) is started with a root token that stands here", r"The root token of \1"),
        (r"(.*?) is started with a password that everybody tries first",
         r"The password that \1 is started with"),
        (r"(.*?) sets a secret in the environment, .*", r"The secret that \1 sets"),
        (r"(.*?) is given a secret on its command line (\(.*?\)), .*",
         r"The secret that \1 is given on its command line \2"),
    )
)  # fmt: skip


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
    if not _is_of_value(finding, catalogue):
        return found or [_weakness_removed(finding, history)]
    for rule, parameters in _rules(catalogue):
        limit = broken_limit(
            parameters, finding, policy, catalogue,
            in_head=history.in_head, days=history.exposed_days,
        )  # fmt: skip
        if limit is not None:
            found.append(_made(rule, finding, history, policy, limit))
    return found


def _is_of_value(finding: Finding, catalogue: Catalogue) -> bool:
    """Whether a finding is about a secret that is written down, and not about what code does (of
    which only `--deep` asks)."""
    rule = catalogue.rules.get(finding.rule_id)
    if rule is None or rule.id in LITERAL_RULES:
        return True
    kinds = {match.kind for match in rule.matches}
    return kinds <= _OF_VALUES or ("config" in kinds and not finding.path.endswith(PYTHON))


def _weakness_removed(finding: Finding, history: History) -> Finding:
    """The finding about code that is no more: nothing leaked, and what it made is as it was."""
    said = finding.message.rstrip(".")
    return replace(
        finding,
        message=f"{said} (removed: not in HEAD, but what was made with it before is as it was)",
        severity=min(finding.severity, Severity.LOW),
        fix=None,
        history=history,
    )


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
    for said, called in _SAID:
        if found := said.fullmatch(message):
            return found.expand(called), found.groupdict().get("more") or ""
    return message, ""
