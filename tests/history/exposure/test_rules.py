"""What is said of a secret that was removed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.history.exposure.remedy import remedy
from keyaudit.history.exposure.rules import judge
from keyaudit.history.versions.written import written_only
from tests.caches import shipped

GONE = History(
    "a" * 40, "Ada", "2020-01-01T00:00:00Z", "b" * 40, "2021-01-01T00:00:00Z", False, 366, ("a.py",)
)


@pytest.mark.parametrize(
    ("said", "begin", "end"),
    [
        ("GitHub token in the source", "GitHub token is not in HEAD", "until it is revoked"),
        ("Random text stands in the source", "Random text is not in HEAD", "revoked"),
        ("GitHub token in the source; revoke it there", "GitHub token is", "; revoke it there"),
        (
            "the key of Fernet is written in the source code",
            "the key of Fernet is not in HEAD",
            "d",
        ),
        ("the key of f falls back to one written in the source code", "the key of f is", "d"),
        ("DB_PASS is set for everybody who does not set another", "The default of DB_PASS is", "d"),
        (
            "The value of A in Secret b is written in the manifest",
            "The value of A in Secret b",
            "d",
        ),
        (
            "`zip` is given a secret on its command line (`-P`), where every process can read it",
            "The secret that `zip` is given on its command line (`-P`) is not",
            "d",
        ),
    ],
)
def test_message_names_the_secret(said: str, begin: str, end: str) -> None:
    catalogue = shipped()
    finding = Finding("KA302", "a.py", Span(1, 1, 1, 9), said, Severity.HIGH, Confidence.HIGH)
    (removed,) = judge(finding, GONE, catalogue, catalogue.policies["default"])
    assert removed.rule_id == "KA507"
    assert removed.message.startswith(begin)
    assert removed.message.endswith(end)
    assert "in the source" not in removed.message


def test_all_that_is_said_of_a_written_value_names_it() -> None:
    """Else a removed one "is written in the manifest is not in HEAD"."""
    catalogue = shipped()
    for rule in written_only(catalogue).rules.values():
        for match in rule.matches:
            if match.kind == "config":
                said = match.parameters.get("message") or rule.message
                said = said.format(name="NAME", call="CALL")
                finding = Finding(
                    rule.id, "a.tf", Span(1, 1, 1, 9), said, Severity.HIGH, Confidence.HIGH
                )
                (removed,) = judge(finding, GONE, catalogue, catalogue.policies["default"])
                assert said not in removed.message


def test_code_that_is_no_more_leaks_nothing() -> None:
    catalogue = shipped()
    said = "ECB shows where texts are equal"
    finding = Finding("KA408", "a.py", Span(1, 1, 1, 9), said, Severity.HIGH, Confidence.HIGH)
    (removed,) = judge(finding, GONE, catalogue, catalogue.policies["default"])
    assert (removed.rule_id, removed.severity) == ("KA408", Severity.LOW)
    assert removed.message.startswith(f"{said} (removed: not in HEAD")
    assert remedy([removed]) == ()
    old = replace(GONE, in_head=True, exposed_days=9_999, removed_commit=None, removed_date=None)
    (stays,) = judge(finding, old, catalogue, catalogue.policies["default"])
    assert (stays.rule_id, stays.message) == ("KA408", said)
