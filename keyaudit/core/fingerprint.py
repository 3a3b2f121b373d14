"""Fingerprints: what stays the same while lines move and files are renamed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from keyaudit.core.finding import Finding

_VALUE_KEY = b"keyaudit/fingerprint/1"


def value_digest(value: bytes | str) -> str:
    """A keyed digest of a secret value: 4 hexadecimal digits, 16 bits.

    So short on purpose: it tells a changed value from an unchanged one, and gives whoever
    holds the fingerprint no more than 16 bits to test guesses of the value against.
    """
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    # keyaudit: ignore[KA301] keeps these digests apart from others, and hides nothing
    return hashlib.blake2b(data, key=_VALUE_KEY, digest_size=2).hexdigest()


def assign_fingerprints(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in order of path and place, each with its fingerprint (32 hex digits).

    Made from the rule, the enclosing definition and the subject; equal ones are told apart
    by an ordinal. The path and the line are left out, so that both may change.
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
    """The fingerprint (32 hex digits) of what is told once of a whole project."""
    return hashlib.sha256(f"{rule_id}\0\0project".encode()).hexdigest()[:32]
