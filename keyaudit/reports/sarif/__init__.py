"""The SARIF 2.1.0 report, for code scanning platforms and editors; built with sarif-om."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from keyaudit.catalogue.types import Rule
from keyaudit.core.report import Report

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as indented SARIF text in plain ASCII, with the rules that have results."""
    from keyaudit.reports.sarif.serialize import to_json

    return json.dumps(to_json(log(report, rules)), indent=2) + "\n"


def log(report: Report, rules: Mapping[str, Rule]) -> Any:
    """The report as a SarifLog object of sarif-om with one run."""
    import sarif_om as sarif

    return sarif.SarifLog(version="2.1.0", schema_uri=_SCHEMA, runs=[_run(report, rules)])


def _run(report: Report, rules: Mapping[str, Rule]) -> Any:
    import sarif_om as sarif

    from keyaudit.core.redact import MASK
    from keyaudit.reports.paths import folder_uri
    from keyaudit.reports.sarif.invocation import invocation
    from keyaudit.reports.sarif.places import ROOT_ID, Artifacts
    from keyaudit.reports.sarif.results import result
    from keyaudit.reports.sarif.rules import cwe_ids, taxonomy

    told = {finding.rule_id for finding in (*report.findings, *report.suppressed)}
    described = [rules[rule_id] for rule_id in sorted(told & rules.keys())]
    indexes = {rule.id: index for index, rule in enumerate(described)}
    taxa = cwe_ids(described)
    artifacts = Artifacts()
    results = [
        result(finding, indexes, rules, artifacts, with_suppressions=bool(report.suppressed))
        for finding in (*report.findings, *report.suppressed)
    ]
    notifications: list[Any] = []
    invoked = invocation(report, artifacts, notifications)
    root = sarif.ArtifactLocation(
        uri=folder_uri(report.root),
        description=sarif.Message(text="The scanned folder, which paths are relative to."),
    )
    return sarif.Run(
        tool=sarif.Tool(driver=_driver(described, taxa, notifications)),
        automation_details=sarif.RunAutomationDetails(id="keyaudit/"),
        invocations=[invoked],
        original_uri_base_ids={ROOT_ID: root},
        artifacts=artifacts.listed() or None,
        results=results,
        taxonomies=[taxonomy(taxa)] if taxa else None,
        column_kind="unicodeCodePoints",
        default_encoding="utf-8",
        redaction_tokens=[MASK],
        properties={"policy": report.policy, "files": report.files, "hidden": report.hidden},
    )


def _driver(described: list[Rule], taxa: list[str], notifications: list[Any]) -> Any:
    import sarif_om as sarif

    from keyaudit import __version__
    from keyaudit.reports.sarif.rules import PROJECT, descriptor, taxonomy_reference

    about = "Follows cryptographic keys through the seven stages of their life."
    return sarif.ToolComponent(
        name="keyaudit",
        full_name=f"keyaudit {__version__}",
        version=__version__,
        semantic_version=__version__,
        organization="keyaudit",
        information_uri=PROJECT,
        short_description=sarif.MultiformatMessageString(text=about),
        rules=[descriptor(rule, taxa) for rule in described],
        notifications=notifications or None,
        supported_taxonomies=[taxonomy_reference()] if taxa else None,
    )
