"""The SARIF report: what platforms read from it, and what Microsoft's validator says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from keyaudit.core.finding import Edit, Fix
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.core.report import Report
from keyaudit.reports import render
from keyaudit.reports.sarif.cwe import NAMES
from tests.caches import shipped
from tests.reports.sarif_tools import complaints, require_multitool
from tests.reports.support import ODD_PATHS, RULES, finding, full_report, report


def run_of(made: Report) -> Any:
    text = render("sarif", made, RULES)
    assert text.isascii()
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    assert "sarif-schema-2.1.0" in log["$schema"]
    (run,) = log["runs"]
    return run


_EDIT = Edit("src/vault.py", 300, 306, Span(14, 21, 14, 27), "read()")

REPORTS = {
    "empty": report(),
    "full": full_report(),
    "incomplete": report(skipped=full_report().skipped, complete=False),
    "fixed": report(findings=(finding(fix=Fix("Read the key", (_EDIT,))),)),
    "elsewhere": report(root="/home/ada/my project #1/naïve", findings=(finding(),)),
    "masked": report(findings=(finding(code='cipher = AESGCM(b"…")', span=Span(3, 17, 3, 52)),)),
    "many": report(findings=tuple(finding(fingerprint=f"{n:032x}") for n in range(40))),
}


def test_the_multitool_has_no_complaint_and_would_have(tmp_path: Path) -> None:
    require_multitool()
    broken = report(findings=(finding(span=Span(9, 1, 3, 1)),))
    texts = {
        name: render("sarif", made, RULES) for name, made in {**REPORTS, "broken": broken}.items()
    }
    found = complaints(texts, tmp_path)
    assert [line[:9] for line in found.pop("broken")] == ["SARIF1007"]
    assert found == {name: [] for name in REPORTS}


def _both_rules() -> Report:
    return report(findings=(finding(), finding(rule_id="KA104")))


def test_rules_with_results_are_described_and_no_others() -> None:
    assert run_of(report())["tool"]["driver"].get("rules", []) == []
    driver = run_of(_both_rules())["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["KA104", "KA301"]
    weak, hardcoded = driver["rules"]
    assert hardcoded["name"] == "HardcodedKey"
    assert hardcoded["shortDescription"]["text"] == "Hardcoded key."
    assert hardcoded["fullDescription"]["text"] == "Whoever reads the source has the key."
    assert hardcoded["defaultConfiguration"] == {"level": "error"}
    assert hardcoded["helpUri"].endswith("/docs/rules/KA301-hardcoded-key.md")
    assert "Read the key from a key service" in hardcoded["help"]["text"]
    markdown = hardcoded["help"]["markdown"]
    assert "AESGCM(b'0123456789abcdef')" not in markdown  # a key for the next scanner
    assert "# finding" not in markdown
    assert "- NIST SP 800-57 6.2" in markdown
    properties = hardcoded["properties"]
    assert properties["security-severity"] == "9.5"
    assert properties["precision"] == "high"
    assert properties["problem.severity"] == "error"
    assert {"security", "external/cwe/cwe-321"} <= set(properties["tags"])
    assert weak["properties"]["problem.severity"] == "warning"
    assert weak["properties"]["security-severity"] == "5.5"


def test_rules_are_related_to_cwe() -> None:
    run = run_of(_both_rules())
    (cwe,) = run["taxonomies"]
    assert [taxon["id"] for taxon in cwe["taxa"]] == ["321", "916"]
    assert cwe["taxa"][0]["shortDescription"]["text"] == f"{NAMES[321]}."
    (relation,) = run["tool"]["driver"]["rules"][1]["relationships"]
    assert relation["kinds"] == ["superset"]
    target = relation["target"]
    assert cwe["taxa"][target["index"]]["id"] == target["id"] == "321"
    assert target["toolComponent"] == {"name": "CWE", "index": 0}
    assert run["tool"]["driver"]["supportedTaxonomies"] == [{"name": "CWE", "index": 0}]


def test_a_result_has_place_evidence_and_fingerprint() -> None:
    run = run_of(report(findings=(finding(),)))
    (result,) = run["results"]
    assert result["ruleId"] == "KA301"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "KA301"
    assert result["level"] == "error"
    assert result["message"]["text"] == "AESGCM gets a key that is written in the source."
    assert result["partialFingerprints"] == {"keyaudit/v1": "0f" * 16}
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {
        "startLine": 14,
        "startColumn": 21,
        "endLine": 14,
        "endColumn": 27,
        "snippet": {"text": "MASTER"},
    }
    assert place["artifactLocation"]["uriBaseId"] == "SRCROOT"
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "Vault.seal"}]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "a literal is written here.",
        "goes into AESGCM as key.",
    ]
    assert "suppressions" not in result
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["automationDetails"]["id"] == "keyaudit/"


def test_levels_follow_the_finding_not_the_rule() -> None:
    made = report(findings=tuple(finding(severity=level) for level in Severity))
    levels = [result.get("level", "warning") for result in run_of(made)["results"]]
    assert levels == ["note", "note", "warning", "error", "error"]


def test_paths_are_percent_encoded_and_listed_once() -> None:
    run = run_of(full_report())
    listed = [artifact["location"]["uri"] for artifact in run["artifacts"]]
    assert len(listed) == len(set(listed))
    paths = {unquote_to_bytes(uri) for uri in listed}
    assert {path.encode("utf-8", "surrogateescape") for path in ODD_PATHS} <= paths
    assert "app/100%25%23%3F.py" in listed
    assert "a%3Ab/%5Bslug%5D/it%27s%20%22quoted%22.py" in listed
    for result in run["results"]:
        location = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert listed[location["index"]] == location["uri"]


def test_the_root_is_a_folder_uri() -> None:
    base = run_of(report(root="/home/ada/my project"))["originalUriBaseIds"]["SRCROOT"]
    assert base["uri"] == "file:///home/ada/my%20project/"
    assert run_of(report(root="/"))["originalUriBaseIds"]["SRCROOT"]["uri"] == "file:///"


def test_where_something_is_suppressed_every_result_says_whether_it_is() -> None:
    results = run_of(full_report())["results"]
    told = [result["suppressions"] for result in results]
    assert told[:-2] == [[]] * (len(told) - 2)
    assert told[-2:] == [
        [
            {
                "kind": "inSource",
                "status": "accepted",
                "justification": "a test vector of RFC 8439",
            }
        ],
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "recorded in .keyaudit-baseline.json",
            }
        ],
    ]


def test_the_invocation_tells_what_was_not_scanned() -> None:
    made = full_report()
    run = run_of(made)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 1
    assert invocation["arguments"] == ["scan", "--format", "sarif", "app"]
    notifications = invocation["toolExecutionNotifications"]
    assert len(notifications) == len(made.skipped) + len(made.notices)
    known = run["tool"]["driver"]["notifications"]
    for notification in notifications:
        descriptor = notification["descriptor"]
        assert known[descriptor["index"]]["id"] == descriptor["id"]
    unreadable = [n for n in notifications if n["descriptor"]["id"] == "skipped/unreadable"]
    assert [n["level"] for n in unreadable] == ["error", "error"]
    assert "(Permission denied)" in unreadable[1]["message"]["text"]
    broken = next(n for n in notifications if n["descriptor"]["id"] == "parse-error")
    assert broken["locations"][0]["physicalLocation"]["region"]["startLine"] == 3


def test_a_scan_that_could_not_finish_says_so() -> None:
    (invocation,) = run_of(report(complete=False))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)


def test_masks_are_declared_as_redactions() -> None:
    run = run_of(report(findings=(finding(code='call("…", KEY)', span=Span(1, 60, 1, 63)),)))
    assert run["redactionTokens"] == ["…"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert "snippet" not in place["region"]
    assert place["contextRegion"]["snippet"]["text"] == 'call("…", KEY)'


def test_a_fix_is_a_replacement() -> None:
    (result,) = run_of(REPORTS["fixed"])["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["deletedRegion"]["startColumn"] == 21
    assert replacement["insertedContent"]["text"] == "read()"


def test_a_finding_of_a_rule_that_is_not_at_hand_is_a_result_too() -> None:
    (result,) = run_of(report(findings=(finding(rule_id="XX901", confidence=Confidence.LOW),)))[
        "results"
    ]
    assert result["ruleId"] == "XX901"
    assert "ruleIndex" not in result


def test_equal_reports_are_equal_texts() -> None:
    assert render("sarif", full_report(), RULES) == render("sarif", full_report(), RULES)


def test_every_weakness_that_a_shipped_rule_names_has_its_name() -> None:
    cwes = {int(cwe) for rule in shipped().rules.values()
            for cwe in rule.standards.get("cwe", ())}  # fmt: skip
    missing = cwes - set(NAMES)
    assert not missing, "their names belong in keyaudit/reports/sarif/cwe.py"
