"""Groups findings with one cause, which the text report tells once with all the places."""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.core.finding import Finding


def gathered(findings: Iterable[Finding]) -> list[tuple[Finding, list[Finding]]]:
    """The findings in their order, each with the later ones of the same cause.

    One cause: the same rule says the same of one value, which was born in one place, or of one
    secret that stands in several places of a file. Each stays a finding of its own where machines
    read: it has a fingerprint, and may be suppressed, by itself.
    """
    groups: dict[tuple[object, ...], tuple[Finding, list[Finding]]] = {}
    for number, finding in enumerate(findings):
        cause = _cause(finding) or (number,)
        if cause in groups:
            groups[cause][1].append(finding)
        else:
            groups[cause] = (finding, [])
    return list(groups.values())


def _cause(finding: Finding) -> tuple[object, ...] | None:
    said = (finding.rule_id, finding.severity, finding.path, finding.message)
    if finding.steps:
        first = finding.steps[0]
        here = (finding.path, finding.span.name)
        born = (first.path, first.span.name)
        return (*said, first.path, first.span) if born != here else None
    # Of a secret in a text, the subject ends in a digest of its value.
    return (*said, finding.preview, finding.subject) if finding.preview else None
