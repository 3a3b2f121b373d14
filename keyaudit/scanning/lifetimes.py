"""Whether what became of a secret over time is what a `history` rule is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyaudit.catalogue.types import Policy, TokenKind
from keyaudit.core.finding import Finding
from keyaudit.core.levels import Severity

# Whose finding is a private key, whatever may be shown of it, unless its subject says otherwise.
_PRIVATE_KEYS = frozenset({"KA303"})
_SYMMETRIC = "symmetric"
_PRIVATE_KEY, _SECRET = "private-key", "secret"


def broken_limit(
    asked: Mapping[str, Any],
    finding: Finding,
    policy: Policy,
    tokens: Mapping[str, TokenKind],
    *,
    in_head: bool,
    days: int | None,
) -> float | None:
    """The limit in days that a secret has passed, 0 where there is none; None: nothing is wrong.

    `asked` are the parameters of the rule's match: a `state`, and `older-than` of what is there.
    `tokens` are the kinds of the catalogue; `days` is how long the secret has been there, None when
    that is not known. A stand-in is no leak and has no cryptoperiod.
    """
    if finding.severity == Severity.NOTE or in_head != (asked["state"] == "present"):
        return None
    if "older-than" not in asked:
        return 0.0
    limit = _limit(policy.limits[asked["older-than"]["policy"]].value, finding, tokens)
    return limit if days is not None and days > limit else None


def _limit(value: object, finding: Finding, tokens: Mapping[str, TokenKind]) -> float:
    if isinstance(value, Mapping):
        kind = _PRIVATE_KEY if _is_private_key(finding, tokens) else _SECRET
        value = value.get(kind, value["default"])
    return float("inf") if value is None else float(str(value))


def _is_private_key(finding: Finding, tokens: Mapping[str, TokenKind]) -> bool:
    """Whether a finding is about the private half of a pair of keys, in whatever form."""
    told = finding.subject.partition(":")[0]
    if token := tokens.get(told):
        return token.private_key
    if finding.rule_id in _PRIVATE_KEYS:
        return told != _SYMMETRIC
    return finding.preview is not None and finding.preview.startswith("-----BEGIN")
