"""What is said of one secret in several places."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from keyaudit.core.finding import Finding, History
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.history.exposure.lives import Secret
from keyaudit.reports.life import life


def test_the_worst_place_in_head_stands_for_all() -> None:
    places = {
        "1": ("example/a.py", Severity.NOTE),
        "2": ("a.py", Severity.MEDIUM),
        "3": ("b.py", Severity.MEDIUM),
        "4": ("c.py", Severity.HIGH),  # no more in HEAD
    }
    findings = {
        blob: Finding("KA302", path, Span(1, 1, 1, 9), "a token", severity, Confidence.HIGH)
        for blob, (path, severity) in places.items()
    }
    head = {blob: [places[blob][0]] for blob in "123"}
    for order in permutations(findings):
        secret = Secret(findings={blob: findings[blob] for blob in order})
        assert secret.shown(head).path == "a.py"
        assert secret.shown({"1": ["moved.py"]}).path == "moved.py"


def test_the_worst_place_in_the_history_stands_for_all() -> None:
    places = {"1": ("a.py", Severity.MEDIUM), "2": ("b.py", Severity.MEDIUM)}
    places["3"] = "docs/a.md", Severity.NOTE
    findings = {
        blob: Finding("KA302", path, Span(1, 1, 1, 9), "a token", severity, Confidence.HIGH)
        for blob, (path, severity) in places.items()
    }
    for order in permutations(findings):
        secret = Secret(findings={blob: findings[blob] for blob in order})
        secret.latest = "2", "moved.py"  # of those that are as bad, the newest
        assert secret.shown({}).path == "moved.py"
        secret.latest = "3", "docs/a.md"
        assert secret.shown({}).severity is Severity.MEDIUM


def test_what_stands_at_the_end_of_another_branch() -> None:
    there = History(
        "a" * 40, "Ada", "2020-01-01T00:00:00Z", None, None, False, 366, ("a.py",), ("b" * 40,)
    )
    told = life(there)
    assert "still stands at the end of a branch, tag or pull request, not in HEAD" in told
    gone = replace(there, removed_commit="c" * 40, removed_date="2021-01-01T00:00:00Z")
    assert "left with cccccccccccc on 2021-01-01" in life(gone)
    assert "HEAD" not in life(gone)
