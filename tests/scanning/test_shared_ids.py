"""A random text that many files have is an id."""

from __future__ import annotations

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.scanning.shared_ids import as_notes


def _finding(path: str, subject: str, severity: Severity = Severity.LOW) -> Finding:
    return Finding(
        "KA316", path, Span(1, 1, 1, 9), "message", severity, Confidence.LOW, "", subject=subject
    )


def test_in_four_files_it_is_a_note() -> None:
    subject = "HexHighEntropyString:0a1b"
    four = [_finding(f"{name}.php", subject) for name in "abcd"]
    assert {f.severity for f in as_notes(four)} == {Severity.NOTE}
    assert as_notes(four[:3]) == four[:3]
    assert as_notes([four[0]] * 4) == [four[0]] * 4


def test_a_table_of_them_is_one_of_ids() -> None:
    table = [_finding("seed.php", f"HexHighEntropyString:{number}") for number in range(10)]
    assert {f.severity for f in as_notes(table)} == {Severity.NOTE}
    assert as_notes(table[1:]) == table[1:]


def test_what_a_name_calls_a_secret_is_one_in_many_files_too() -> None:
    named = [_finding(f"{name}.php", "NamedValue:0a1b") for name in "abcd"]
    assert as_notes(named) == named
    serious = [_finding(f"{n}.php", "HexHighEntropyString:0a", Severity.MEDIUM) for n in "abcd"]
    assert as_notes(serious) == serious
