"""The JSON report keeps to its schema, and the documentation shows what it gives."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from keyaudit.core.finding import Edit, Fix
from keyaudit.core.location import Span
from keyaudit.core.report import Report
from keyaudit.reports import render
from keyaudit.reports.json import SCHEMA_VERSION
from tests.reports.support import ODD_PATHS, RULES, finding, full_report, report


def schema() -> Any:
    return json.loads(
        files("keyaudit.reports").joinpath("schemas", "report-1.schema.json").read_text()
    )


def parsed(made: Report) -> Any:
    document = json.loads(render("json", made, RULES))
    jsonschema.Draft202012Validator(schema()).validate(document)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert SCHEMA_VERSION.startswith("1.")


def test_an_empty_report_keeps_to_the_schema() -> None:
    document = parsed(report())
    assert document["findings"] == []
    assert document["exit_status"] == 0
    assert document["summary"]["by_stage"]["destruction"] == 0


def test_a_full_report_keeps_to_the_schema_and_leaves_nothing_out() -> None:
    made = full_report()
    document = parsed(made)
    assert len(document["findings"]) == len(made.findings) == document["summary"]["findings"]
    assert [f["suppression"]["kind"] for f in document["suppressed"]] == ["inline", "baseline"]
    assert len(document["skipped"]) == len(made.skipped)
    assert document["summary"]["skipped"]["binary"] == 2
    assert len(document["notices"]) == len(made.notices)
    assert document["summary"]["hidden"] == 3
    assert document["complete"] is False
    assert document["exit_status"] == 1
    assert document["root"] == "/home/ada/project"
    assert set(document["rules"]) == {"KA104", "KA301"}
    first = document["findings"][0]
    assert first["span"] == {"line": 14, "column": 21, "end_line": 14, "end_column": 27}
    assert [step["path"] for step in first["steps"]] == ["app/conf.py", "app/vault.py"]


def test_what_tells_findings_apart_inside_stays_inside() -> None:
    assert "1a2b" not in render("json", full_report(), RULES)


def test_a_fix_is_in_it() -> None:
    fix = Fix(
        "Read the key from the environment", (Edit("a.py", 1, 8, Span(1, 2, 1, 9), "read_key()"),)
    )
    (shown,) = parsed(report(findings=(finding(fix=fix),)))["findings"]
    assert shown["fix"]["edits"][0]["text"] == "read_key()"


def test_a_finding_of_a_rule_that_is_not_at_hand_keeps_to_the_schema() -> None:
    (shown,) = parsed(report(findings=(finding(rule_id="XX901"),)))["findings"]
    assert shown["rule_name"] is None
    assert shown["stage"] is None


def test_paths_come_back_as_they_are_unless_they_are_no_text() -> None:
    paths = [f["path"] for f in parsed(full_report())["findings"]]
    assert set(ODD_PATHS) - set(paths) == {"bytes-\udcff\udcfe.py"}
    assert "bytes-\\xff\\xfe.py" in paths


def test_it_is_plain_ascii() -> None:
    hostile = finding(message="\x9b31m \ud800 \u202e", code="\x1b[2J")
    made = render("json", report(findings=(hostile,)), RULES)
    assert made.isascii()
    assert "\x1b" not in made
    json.loads(made).__repr__().encode("utf-8")


@pytest.mark.parametrize(
    ("complete", "found", "status"), [(True, 0, 0), (False, 0, 3), (True, 1, 1), (False, 1, 1)]
)
def test_the_exit_status_is_told(complete: bool, found: int, status: int) -> None:
    made = report(findings=(finding(),) * found, complete=complete)
    assert parsed(made)["exit_status"] == status
