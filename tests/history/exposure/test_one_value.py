"""What is said of one value in one file is one secret."""

from __future__ import annotations

from keyaudit.core.finding import Finding
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span
from keyaudit.history.exposure.lives import Secret
from keyaudit.history.exposure.one_value import joined


def finding(subject: str, path: str = "a.py", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(
        "KA301", path, Span(1, 1, 1, 9), "m", severity, Confidence.HIGH,
        subject=subject, preview="a1b2…",
    )  # fmt: skip


def test_one_value_in_one_file_is_one_secret_by_whatever_rule() -> None:
    secrets = {
        "first": Secret({"old": finding("SECRET_KEY:00ff")}),
        "other file": Secret({"b": finding("SECRET_KEY:00ff", "b.py")}),
        "second": Secret({"new": finding("NamedValue:00ff")}),
        "other value": Secret({"new": finding("NamedValue:00fe")}),
    }
    found = joined(secrets)
    assert list(found) == ["first", "other file", "other value"]
    assert sorted(found["first"].findings) == ["new", "old"]


def test_the_more_serious_of_two_in_one_version_stays() -> None:
    low, high = finding("a:00ff", severity=Severity.LOW), finding("b:00ff")
    for one, other in ((low, high), (high, low)):
        assert joined({"1": Secret({"x": one}), "2": Secret({"x": other})})["1"].findings == {
            "x": high
        }


def test_what_joins_two_joins_them_and_itself() -> None:
    """The third has the value of the first in one file, and that of the second in another."""
    found = joined(
        {
            "1": Secret({"x": finding("a:0001")}),
            "2": Secret({"y": finding("a:0002", "b.py")}),
            "3": Secret({"x": finding("b:0001"), "y": finding("b:0002", "b.py")}),
        }
    )
    assert list(found) == ["1"]
    assert sorted(found["1"].findings) == ["x", "y"]


def test_what_has_no_value_is_joined_with_nothing() -> None:
    secrets = {str(n): Secret({"x": finding("private-key:rsa:" + "0f" * 20)}) for n in range(2)}
    assert len(joined(secrets)) == 2
