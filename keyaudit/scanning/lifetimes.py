"""Decides whether a secret's history is what a `history` rule reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyaudit.catalogue.types import Catalogue, Policy
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity

_SYMMETRIC = "symmetric"
_PRIVATE_KEY, _SECRET = "private-key", "secret"


def broken_limit(
    asked: Mapping[str, Any],
    finding: Finding,
    policy: Policy,
    catalogue: Catalogue,
    *,
    in_head: bool,
    days: int | None,
) -> float | None:
    """The limit in days that a secret has exceeded; 0 if there is no limit; None: no finding.

    `asked` are the parameters of the rule's match: `state` (`present` or `removed`), and
    `older-than` for a limit on the age. `in_head`: the secret is in HEAD. `days` is its age in
    days, None if not known. Placeholders are never reported.
    """
    if finding.severity == Severity.NOTE or in_head != (asked["state"] == "present"):
        return None
    if "older-than" not in asked:
        return 0.0
    limit = _limit(policy.limits[asked["older-than"]["policy"]].value, finding, catalogue)
    return limit if days is not None and days > limit else None


def _limit(value: object, finding: Finding, catalogue: Catalogue) -> float:
    if isinstance(value, Mapping):
        kind = _PRIVATE_KEY if _is_private_key(finding, catalogue) else _SECRET
        value = value.get(kind, value["default"])
    return float("inf") if value is None else float(str(value))


def _is_private_key(finding: Finding, catalogue: Catalogue) -> bool:
    """Whether a finding is about the private half of a pair of keys, in whatever form."""
    told = finding.subject.partition(":")[0]
    if token := catalogue.tokens.get(told):
        return token.private_key
    rule = catalogue.rules.get(finding.rule_id)
    if rule is not None and rule.tells_of("private"):  # whatever may be shown of it
        return told != _SYMMETRIC
    return finding.preview is not None and finding.preview.startswith("-----BEGIN")
