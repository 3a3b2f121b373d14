"""What is said of a secret that was removed."""

from __future__ import annotations

import pytest

from keyaudit.catalogue import load
from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.history.exposure.rules import judge

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
    ],
)
def test_message_names_the_secret(said: str, begin: str, end: str) -> None:
    catalogue = load()
    finding = Finding("KA302", "a.py", Span(1, 1, 1, 9), said, Severity.HIGH, Confidence.HIGH)
    (removed,) = judge(finding, GONE, catalogue, catalogue.policies["default"])
    assert removed.rule_id == "KA507"
    assert removed.message.startswith(begin)
    assert removed.message.endswith(end)
    assert "in the source" not in removed.message
