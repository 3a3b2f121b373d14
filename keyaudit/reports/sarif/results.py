"""Findings as SARIF results, with their evidence as code flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sarif_om as sarif

from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Edit, Finding, Fix, Suppression
from keyaudit.core.location import Step
from keyaudit.reports.json import history
from keyaudit.reports.life import life
from keyaudit.reports.sarif.levels import LEVEL
from keyaudit.reports.sarif.places import Artifacts
from keyaudit.reports.steps import distinct

# The number grows when fingerprints are made in another way.
FINGERPRINT = "keyaudit/v1"
_SUPPRESSION = {"inline": "inSource", "baseline": "external"}


def result(
    finding: Finding,
    indexes: Mapping[str, int],
    rules: Mapping[str, Rule],
    artifacts: Artifacts,
    *,
    with_suppressions: bool,
) -> Any:
    """A finding as a SARIF result.

    `indexes` maps rule ids to their index in the run. `with_suppressions` must be true for all
    results of a run if any of them is suppressed, as SARIF requires.
    """
    rule = rules.get(finding.rule_id)
    said = _sentence(finding.message)
    if finding.history is not None:
        story = life(finding.history)
        said += " " + _sentence(story[:1].upper() + story[1:])
    message = sarif.Message(text=said)
    return sarif.Result(
        message=message,
        rule_id=finding.rule_id,
        rule_index=indexes.get(finding.rule_id, -1),
        level=LEVEL[finding.severity],
        locations=[_location(finding, artifacts)],
        code_flows=_code_flows(finding, artifacts),
        partial_fingerprints={FINGERPRINT: finding.fingerprint} if finding.fingerprint else None,
        suppressions=_suppressions(finding.suppression) if with_suppressions else None,
        fixes=[_fix(finding.fix, artifacts)] if finding.fix else None,
        properties={
            "severity": finding.severity.label,
            "confidence": finding.confidence.label,
            **({"stage": rule.stage.value} if rule else {}),
            **({"preview": finding.preview} if finding.preview is not None else {}),
            **({"history": history(finding.history)} if finding.history else {}),
        },
    )


def _location(finding: Finding, artifacts: Artifacts) -> Any:
    scope = [sarif.LogicalLocation(fully_qualified_name=finding.scope)] if finding.scope else None
    return artifacts.place(
        finding.path,
        finding.span,
        code=finding.code,
        role="resultFile",
        logical_locations=scope,
    )


def _code_flows(finding: Finding, artifacts: Artifacts) -> list[Any] | None:
    """A code flow for each origin of the value, the one that the message speaks of first."""
    ways = [steps for way in (finding.steps, *finding.other_ways) if (steps := distinct(way))]
    flows = [[_thread_flow_location(step, artifacts) for step in steps] for steps in ways]
    return [
        sarif.CodeFlow(thread_flows=[sarif.ThreadFlow(locations=locations)]) for locations in flows
    ] or None


def _thread_flow_location(step: Step, artifacts: Artifacts) -> Any:
    return sarif.ThreadFlowLocation(
        location=artifacts.place(
            step.path,
            step.span,
            code=step.code,
            role="tracedFile",
            message=sarif.Message(text=_sentence(step.text)),
        )
    )


def _suppressions(suppression: Suppression | None) -> list[Any]:
    if suppression is None:
        return []
    kind = _SUPPRESSION.get(suppression.kind, "external")
    return [sarif.Suppression(kind=kind, state="accepted", justification=suppression.reason)]


def _fix(fix: Fix, artifacts: Artifacts) -> Any:
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.path, []).append(edit)
    changes = [
        sarif.ArtifactChange(
            artifact_location=artifacts.location(path),
            replacements=[_replacement(edit) for edit in edits],
        )
        for path, edits in by_path.items()
    ]
    said = " ".join(_sentence(text) for text in (fix.title, *fix.migrate))
    return sarif.Fix(
        description=sarif.Message(text=said),
        artifact_changes=changes,
        properties={"applicability": fix.applicability},
    )


def _replacement(edit: Edit) -> Any:
    return sarif.Replacement(
        deleted_region=sarif.Region(
            start_line=edit.span.line,
            start_column=edit.span.column,
            end_line=edit.span.end_line,
            end_column=edit.span.end_column,
        ),
        inserted_content=sarif.ArtifactContent(text=edit.text),
    )


def _sentence(text: str) -> str:
    """A message as viewers expect it: a capital first, a full stop at the end."""
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
