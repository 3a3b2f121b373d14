"""Fingerprints of findings, which do not change when lines move or files are renamed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from keyaudit.core.finding import Finding

_VALUE_KEY = b"keyaudit/fingerprint/1"


def value_digest(value: bytes | str) -> str:
    """A keyed digest of a secret value: 4 hexadecimal digits (16 bits).

    It is short on purpose: it distinguishes a changed value from an unchanged one, and gives
    whoever has the fingerprint at most 16 bits against which to test guesses of the value.
    """
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    # keyaudit: ignore[KA301] keeps these digests apart from others, and hides nothing
    return hashlib.blake2b(data, key=_VALUE_KEY, digest_size=2).hexdigest()


def assign_fingerprints(findings: Iterable[Finding]) -> list[Finding]:
    """The findings sorted by path and place, each with its fingerprint (32 hexadecimal digits).

    It is computed from the rule, the enclosing definition and the subject, and an ordinal where
    these are equal. The path and the line are left out, so that both may change.
    """
    ordered = sorted(findings, key=lambda f: (f.path, f.span, f.rule_id, f.message))
    seen: Counter[str] = Counter()
    result = []
    for finding in ordered:
        base = "\0".join((finding.rule_id, finding.scope, finding.subject))
        ordinal = seen[base]
        seen[base] += 1
        digest = hashlib.sha256(f"{base}\0{ordinal}".encode("utf-8", "surrogatepass"))
        result.append(replace(finding, fingerprint=digest.hexdigest()[:32]))
    return result


def project_fingerprint(rule_id: str) -> str:
    """The fingerprint (32 hexadecimal digits) of a finding that is reported once for a whole
    project."""
    return hashlib.sha256(f"{rule_id}\0\0project".encode()).hexdigest()[:32]
