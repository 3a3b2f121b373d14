"""Random-looking texts that many files have, or of which a file has many: ids of something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.secrets.detection import BY_ENTROPY

_FEWEST_FILES = 4
_FEWEST_IN_FILE = 10


def as_notes(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with those that rest on randomness alone as notes where the same text stands in
    four files or more, or ten texts and more in one: secrets are copied less and kept in no tables,
    ids are there to be named."""
    files: dict[str, set[str]] = {}
    texts: dict[str, set[str]] = {}
    for finding in findings:
        if _is_by_randomness(finding):
            files.setdefault(finding.subject, set()).add(finding.path)
            texts.setdefault(finding.path, set()).add(finding.subject)

    def is_id(finding: Finding) -> bool:
        return _is_by_randomness(finding) and (
            len(files[finding.subject]) >= _FEWEST_FILES
            or len(texts[finding.path]) >= _FEWEST_IN_FILE
        )

    return [
        replace(finding, severity=Severity.NOTE, confidence=Confidence.LOW)
        if is_id(finding)
        else finding
        for finding in findings
    ]


def _is_by_randomness(finding: Finding) -> bool:
    detector = finding.subject.partition(":")[0]
    return detector in BY_ENTROPY and finding.severity <= Severity.LOW
