"""Hand-made rules and findings for the tests of reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keyaudit.catalogue.types import Example, Rule
from keyaudit.core.finding import Finding, Suppression
from keyaudit.core.levels import Confidence, Severity, Stage
from keyaudit.core.location import Span, Step
from keyaudit.core.report import SKIP_REASONS, Notice, Report, Skipped

HARDCODED = Rule(
    id="KA301",
    name="hardcoded-key",
    stage=Stage.STORAGE,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    standards={"cwe": ("321",), "nist": ("SP 800-57 6.2",)},
    message="{call} gets a key",
    matches=(),
    why="Whoever reads the source\nhas the key.\n\nHistory keeps it.",
    remedy="Read the key from a key service when the program starts.\nThen change it.",
    examples=(
        Example(True, "AESGCM(b'0123456789abcdef')  # finding\n", "app.py"),
        Example(False, "AESGCM(read_key())\n", "app.py"),
    ),
)
WEAK = Rule(
    id="KA104",
    name="kdf-work-factor-too-low",
    stage=Stage.GENERATION,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    standards={"cwe": ("916",), "owasp": ("ASVS 5.0 11.4",)},
    message="",
    matches=(),
    why="It is guessed.",
    remedy="Use more iterations.",
)
RULES = {rule.id: rule for rule in (HARDCODED, WEAK)}

USE = "    cipher = AESGCM(MASTER)"
ORIGIN = 'MASTER = b"…"'
STEPS = (
    Step("app/conf.py", Span(3, 10, 3, 40), "a literal is written here", ORIGIN),
    Step("app/vault.py", Span(14, 21, 14, 27), "goes into AESGCM as key", USE),
)


def finding(**changes: Any) -> Finding:
    """A critical finding with two steps of evidence, with changes."""
    made = Finding(
        rule_id="KA301",
        path="app/vault.py",
        span=Span(14, 21, 14, 27),
        message="AESGCM gets a key that is written in the source",
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        code=USE,
        scope="Vault.seal",
        subject="AESGCM:key:1a2b",
        preview="…",
        steps=STEPS,
        fingerprint="0f" * 16,
    )
    return replace(made, **changes)


def report(**changes: Any) -> Report:
    """A report of a finished scan without findings, with changes."""
    made = Report(
        root="/home/ada/project", files=12, bytes=34_567, seconds=0.31, arguments=("scan", ".")
    )
    return replace(made, **changes)


ODD_PATHS = (
    "app/with space.py",
    "app/naïve 鍵.py",
    "app/100%#?.py",
    'a:b/[slug]/it\'s "quoted".py',
    "bytes-\udcff\udcfe.py",
    "tab\tnewline\nescape\x1b[31m.py",
)


def full_report() -> Report:
    """A report with everything in it: findings of all levels, odd names, what was skipped."""
    quiet = finding(
        rule_id="KA104",
        path="app/old.py",
        span=Span(7, 1, 9, 2),
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        message="hashlib.pbkdf2_hmac derives a key with 1000 iterations",
        code="key = hashlib.pbkdf2_hmac(",
        scope="",
        steps=(),
        preview=None,
        fingerprint="1e" * 16,
    )
    odd = [finding(path=path, fingerprint=f"{n:032x}") for n, path in enumerate(ODD_PATHS)]
    levels = [finding(severity=level, span=Span(14, 21, 14, 27)) for level in Severity]
    return report(
        findings=(*levels, *odd, quiet),
        suppressed=(
            finding(suppression=Suppression("inline", "a test vector of RFC 8439")),
            finding(suppression=Suppression("baseline", "recorded in .keyaudit-baseline.json")),
        ),
        hidden=3,
        skipped=tuple(
            Skipped(f"{reason}/{n} #.bin", reason, "Permission denied" if n else "")
            for reason in SKIP_REASONS
            for n in range(2)
        ),
        notices=(
            Notice("parse-error", "does not parse as Python 3", "old.py", Span(3, 5, 3, 6)),
            Notice("unused-suppression", "mutes KA301, which finds nothing here", "a.py"),
            Notice("invalid-suppression", "gives no reason, so it mutes nothing", "a.py"),
            Notice("limit", "stopped following values after 20000 steps", "a.py"),
            Notice("no-git", "git is not installed"),
            Notice("excluded", "1 named file is excluded by the configuration"),
            Notice("of-a-later-version", "something else"),
        ),
        complete=False,
        arguments=("scan", "--format", "sarif", "app"),
    )
