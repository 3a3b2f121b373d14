"""Groups findings with the same cause, which the text report shows once with all places."""

from __future__ import annotations

from collections.abc import Iterable

from keyaudit.core.finding import Finding


def gathered(findings: Iterable[Finding]) -> list[tuple[Finding, list[Finding]]]:
    """The findings in order, each with the later ones that have the same cause.

    The cause is the same if the rule and message are, and either the value comes from one place, or
    it is the same secret in several places of a file. JSON and SARIF reports list each finding,
    since each has its own fingerprint and may be suppressed alone.
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
