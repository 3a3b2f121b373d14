"""keyaudit tells its own reports and baselines, which leave nothing for other scanners to find."""

from __future__ import annotations

import json

import pytest

from keyaudit.core.levels import Severity
from keyaudit.core.own_reports import is_own_report
from keyaudit.reports import render
from tests.caches import shipped
from tests.reports.support import RULES, full_report
from tests.secrets.support import findings


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_reports_are_told(form: str) -> None:
    text = render(form, full_report(), RULES)
    assert is_own_report(text.encode())
    assert not is_own_report(text[:-3].encode())  # cut off: whatever else it may be
    assert not is_own_report(text.replace('"keyaudit"', '"another"').encode())


def test_a_file_that_only_speaks_of_keyaudit_is_none() -> None:
    settings = {"tool": {"keyaudit": {"severity": "low"}}, "password": "made-up"}
    assert not is_own_report(json.dumps(settings).encode())
    assert not is_own_report(b'{"runs": [{"tool": {"driver": {"name": "keyaudit"}}}]}')
    assert not is_own_report(b"[]")
    assert is_own_report(b'{"kind": "keyaudit baseline", "version": 1, "findings": []}')


def test_texts_of_rules_hold_no_key_material() -> None:
    from keyaudit.reports.sarif.rules import descriptor

    for rule in shipped().rules.values():
        text = json.dumps(
            descriptor(rule, [str(c) for c in rule.standards.get("cwe", ())]).help.markdown
        )
        found = findings(text, "report.sarif")
        assert [f.message for f in found if f.severity > Severity.NOTE] == [], rule.id
