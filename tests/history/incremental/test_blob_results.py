"""Which values are known to be equal, without anything that tells what they are."""

from __future__ import annotations

from collections.abc import Sequence

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.core.report import Skipped
from keyaudit.history.incremental.blob_results import ValueNames
from keyaudit.sources import Entry, UnreadableError


def finding(subject: str) -> Finding:
    return Finding(
        "KA302", "a.py", Span(1, 1, 1, 9), "m", Severity.HIGH, Confidence.HIGH, subject=subject
    )


def entry(blob: str) -> Entry:
    return Entry("a.py", blob, 10)


def test_equal_values_get_the_name_that_one_has() -> None:
    read: list[str] = []

    def identified(known: Entry, findings: Sequence[Finding]) -> list[str]:
        read.append(known.place)
        return [f"value of {known.place}" for _ in findings]

    old = [
        (entry("one"), ((finding("token:1"), "first"),)),
        (entry("two"), ((finding("token:1"), "second"),)),
        (entry("again"), ((finding("token:1"), "second"),)),
        (entry("other"), ((finding("token:2"), "third"),)),
    ]
    names = ValueNames(old, identified)
    assert names.name(finding("token:1"), "value of two") == "second"
    fresh = names.name(finding("token:1"), "value of none")
    assert fresh not in ("first", "second", "third")
    assert names.name(finding("token:1"), "value of none") == fresh
    # One blob a name is read, and none whose finding is about something else.
    assert read == ["one", "two"]


def test_blob_that_was_damaged_since_is_no_obstacle() -> None:
    def identified(known: Entry, findings: Sequence[Finding]) -> list[str]:
        raise UnreadableError(Skipped(known.path, "unreadable"))

    names = ValueNames([(entry("one"), ((finding("token:1"), "first"),))], identified)
    assert names.name(finding("token:1"), "value") != "first"
