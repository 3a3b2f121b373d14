"""What is said of one secret in several places."""

from __future__ import annotations

from itertools import permutations

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.history.life import Secret


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
