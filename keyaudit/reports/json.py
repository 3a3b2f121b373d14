"""The JSON report, for scripts.

Its format is in `schemas/report-1.schema.json` and docs/json-report.md. The output is plain ASCII,
so that every parser reads it and no terminal interprets it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from keyaudit import __version__
from keyaudit.catalogue.types import Rule
from keyaudit.core.finding import Finding, Fix, History, Suppression
from keyaudit.core.levels import Severity, Stage
from keyaudit.core.location import Span, Step
from keyaudit.core.report import Configuration, Notice, Report
from keyaudit.reports.paths import path_name
from keyaudit.reports.summary import stage_of

# Grows by the first number when a reader of an older one could be misled.
SCHEMA_VERSION = "1.0"


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as indented JSON text, ending in a line feed."""
    return json.dumps(document(report, rules), indent=2) + "\n"


def document(report: Report, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The report as dicts, lists and plain values; `rules` are the catalogue's rules by id."""
    shown = {finding.rule_id for finding in (*report.findings, *report.suppressed)}
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "keyaudit", "version": __version__},
        "root": path_name(report.root),
        "policy": _text(report.policy),
        "arguments": [_text(argument) for argument in report.arguments],
        "configuration": _configuration(report.configuration),
        "complete": report.complete,
        "exit_status": report.exit_status,
        "summary": _summary(report, rules),
        "findings": [_finding(finding, rules) for finding in report.findings],
        "suppressed": [_finding(finding, rules) for finding in report.suppressed],
        "skipped": [
            {"path": path_name(s.path), "reason": s.reason, "detail": _text(s.detail)}
            for s in report.skipped
        ],
        "notices": [_notice(notice) for notice in report.notices],
        "rules": {rule_id: _rule(rules[rule_id]) for rule_id in sorted(shown) if rule_id in rules},
    }


def _configuration(known: Configuration | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        "file": path_name(known.file),
        "excluded_files": {_text(pattern): number for pattern, number in known.files.items()},
        "left_out_by_rule": dict(known.rules),
        "left_out_by_path": {path_name(path): number for path, number in known.paths.items()},
    }


def _summary(report: Report, rules: Mapping[str, Rule]) -> dict[str, Any]:
    severities = Counter(finding.severity for finding in report.findings)
    stages = Counter(stage_of(finding.rule_id, rules) for finding in report.findings)
    reasons = Counter(skipped.reason for skipped in report.skipped)
    return {
        "findings": len(report.findings),
        "by_severity": {level.label: severities[level] for level in reversed(Severity)},
        "by_stage": {stage.value: stages[stage] for stage in Stage},
        "suppressed": len(report.suppressed),
        "hidden": report.hidden,
        "hidden_serious": report.hidden_serious,
        "files": report.files,
        "bytes": report.bytes,
        "skipped": dict(sorted(reasons.items())),
        "seconds": round(report.seconds, 3),
    }


def _finding(finding: Finding, rules: Mapping[str, Rule]) -> dict[str, Any]:
    rule = rules.get(finding.rule_id)
    stage = stage_of(finding.rule_id, rules)
    return {
        "rule_id": finding.rule_id,
        "rule_name": rule.name if rule else None,
        "stage": stage.value if stage else None,
        "severity": finding.severity.label,
        "confidence": finding.confidence.label,
        "lowered_from": None if finding.lowered_from is None else finding.lowered_from.label,
        "message": _text(finding.message),
        "path": path_name(finding.path),
        "span": _span(finding.span),
        "code": _text(finding.code),
        "scope": _text(finding.scope),
        "preview": None if finding.preview is None else _text(finding.preview),
        "steps": _steps(finding.steps),
        "other_ways": [_steps(way) for way in finding.other_ways],
        "fingerprint": finding.fingerprint,
        "fix": None if finding.fix is None else _fix(finding.fix),
        "suppression": _suppression(finding.suppression),
        **({"history": history(finding.history)} if finding.history else {}),
    }


def _steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [
        {
            "path": path_name(step.path),
            "span": _span(step.span),
            "text": _text(step.text),
            "code": _text(step.code),
        }
        for step in steps
    ]


def history(known: History) -> dict[str, Any]:
    """The history of a secret as a dict, in the JSON report and in SARIF properties."""
    return {
        "commit": known.commit,
        "author": None if known.author is None else _text(known.author),
        "date": known.date,
        "removed_commit": known.removed_commit,
        "removed_date": known.removed_date,
        "in_head": known.in_head,
        "exposed_days": known.exposed_days,
        "paths": [path_name(path) for path in known.paths],
        "blobs": list(known.blobs),
        "rotated": known.rotated,
        "rotated_days": known.rotated_days,
    }


def _suppression(suppression: Suppression | None) -> dict[str, Any] | None:
    if suppression is None:
        return None
    return {"kind": suppression.kind, "reason": _text(suppression.reason)}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [
        {
            "path": path_name(edit.path),
            "start": edit.start,
            "end": edit.end,
            "span": _span(edit.span),
            "text": _text(edit.text),
        }
        for edit in fix.edits
    ]
    return {
        "title": _text(fix.title),
        "applicability": fix.applicability,
        "migrate": [_text(text) for text in fix.migrate],
        "edits": edits,
    }


def _span(span: Span) -> dict[str, Any]:
    lines = ("line", "column", "end_line", "end_column")
    fields: dict[str, Any] = {name: getattr(span, name) for name in lines}
    if span.cell is not None:
        fields["cell"] = {name: getattr(span.cell, name) for name in ("number", *lines)}
    return fields


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "kind": notice.kind,
        "message": _text(notice.message),
        "path": None if notice.path is None else path_name(notice.path),
        "span": None if notice.span is None else _span(notice.span),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "stage": rule.stage.value,
        "severity": rule.severity.label,
        "confidence": rule.confidence.label,
        "standards": _standards(rule.standards.items()),
        "why": rule.why.strip(),
        "remedy": rule.remedy.strip(),
    }


def _standards(items: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, list[str]]:
    return {body: [str(section) for section in sections] for body, sections in items}


def _text(text: str) -> str:
    """The text without lone surrogates, which JSON has no valid form for."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
