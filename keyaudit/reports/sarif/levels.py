"""Maps severities to the levels of SARIF and the scores of GitHub's code scanning."""

from __future__ import annotations

from keyaudit.core.levels import Severity

LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.NOTE: "note",
}
PROBLEM_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
# On the scale of CVSS. Code scanning calls over 9.0 critical, from 7.0 high, from 4.0 medium and
# from 0.1 low: the numbers stand in the middle of what our own words mean there.
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.NOTE: "1.0",
}
