"""The text report, as a reader sees it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from keyaudit.core.finding import Suppression
from keyaudit.core.levels import Confidence, Severity
from keyaudit.core.location import Span, Step
from keyaudit.core.report import Notice, Report, Skipped
from keyaudit.reports import render
from tests.reports.support import RULES, STEPS, finding, full_report, report


def text(made: Report, **options: bool) -> str:
    return render("text", made, RULES, **options)


def test_a_finding_says_where_what_whence_and_what_to_do() -> None:
    assert text(report(findings=(finding(),)), quiet=True) == (
        "app/vault.py:14:21: critical KA301 hardcoded-key [storage, high confidence]\n"
        "  AESGCM gets a key that is written in the source\n"
        "  14 |     cipher = AESGCM(MASTER)\n"
        "     |                     ^^^^^^\n"
        "  where it comes from, origin first:\n"
        "    1. app/conf.py:3: a literal is written here\n"
        '         MASTER = b"…"\n'
        "    2. app/vault.py:14: goes into AESGCM as key\n"
        "  fix: Read the key from a key service when the program starts.\n"
        "  why: keyaudit explain KA301\n"
    )


def test_the_summary_counts_by_stage_and_severity() -> None:
    weak = finding(rule_id="KA104", severity=Severity.MEDIUM, confidence=Confidence.MEDIUM)
    made = report(
        findings=(finding(), finding(), weak),
        suppressed=(
            finding(suppression=Suppression("inline", "test vector")),
            finding(suppression=Suppression("baseline", "recorded")),
            finding(suppression=Suppression("baseline", "recorded")),
        ),
        hidden=4,
    )
    assert text(made).endswith(
        "stage           critical  medium\n"
        "1 generation           -       1\n"
        "2 distribution         -       -\n"
        "3 storage              2       -\n"
        "4 usage                -       -\n"
        "5 rotation             -       -\n"
        "6 archival             -       -\n"
        "7 destruction          -       -\n"
        "\n"
        "3 findings (2 critical, 1 medium); 12 files scanned (35 kB) in 0.3 s, policy default\n"
        "3 suppressed (2 baseline, 1 inline); 4 hidden, below the threshold "
        "(--severity note shows all)\n"
    )


def test_a_clean_scan_says_so_in_a_line() -> None:
    assert text(report(files=1, bytes=2_500_000)) == (
        "no findings; 1 file scanned (2.5 MB) in 0.3 s, policy default\n"
    )


def test_quiet_and_clean_says_nothing() -> None:
    made = report(skipped=(Skipped("a.bin", "binary"),))
    assert text(made, quiet=True) == ""


def test_skipped_files_are_grouped_by_reason_with_the_first_names() -> None:
    # Of a history there may be several versions of one.
    binaries = tuple(Skipped(f"{n}.bin", "binary") for n in range(5) for _ in range(3))
    said = text(report(skipped=(*binaries, Skipped("big.csv", "too-large"))))
    assert (
        "skipped: 0.bin, 1.bin, 2.bin and 2 more: each holds NUL bytes, so it is no text\n"
        "skipped: big.csv is larger than the size limit\n"
    ) in said
    assert "incomplete" not in said


def test_what_could_not_be_analyzed_is_named_in_full_and_first() -> None:
    made = report(
        skipped=(Skipped("a.bin", "binary"), Skipped("x.py", "unreadable", "Permission denied")),
        complete=False,
    )
    said = text(made)
    assert "not scanned: x.py could not be read (Permission denied)\nskipped:" in said
    assert said.endswith(
        "The scan is incomplete: files named above could not be read or analyzed\n"
    )


def test_notices_name_their_place() -> None:
    unused = tuple(Notice("unused-suppression", f"number {n}", "a.py") for n in range(12))
    broken = Notice("parse-error", "does not parse", "old.py", Span(3, 1, 3, 2))
    said = text(report(notices=(broken, *unused)))
    assert "old.py:3: parse-error: does not parse\n" in said
    assert "a.py: unused-suppression: number 0\n" in said
    assert "and 3 more notices (--format json names all)\n" in said


def test_bounds_that_were_reached_are_told_in_one_line() -> None:
    limits = tuple(Notice("limit", "9 questions were cut off", f"{n}.py") for n in range(12))
    said = text(report(notices=limits))
    assert "limit: not every value could be followed to its origin in 0.py, 1.py, 2.py" in said
    assert " and 9 more\n" in said
    assert "9 questions" not in said
    whole = text(report(notices=(Notice("limit", "2 versions are left"),)))
    assert "limit: 2 versions are left\n" in whole


def test_a_note_is_told_in_three_lines() -> None:
    said = text(report(findings=(finding(severity=Severity.NOTE),)), quiet=True)
    assert said == (
        "app/vault.py:14:21: note KA301 hardcoded-key [storage, high confidence]\n"
        "  AESGCM gets a key that is written in the source\n"
        "  14 | cipher = AESGCM(MASTER)\n"
    )


def test_identical_steps_and_lines_are_not_repeated() -> None:
    first, last = STEPS
    other = replace(first, text="is bound to MASTER")
    said = text(report(findings=(finding(steps=(first, first, other, last, last)),)), quiet=True)
    assert said.count("a literal is written here") == 1
    assert said.count('MASTER = b"…"') == 1
    assert re.findall(r"^ +(\d)\. ", said, re.MULTILINE) == ["1", "2"]


def test_steps_on_one_line_are_told_together() -> None:
    first, last = STEPS
    other = replace(first, text="is bound to MASTER")
    said = text(report(findings=(finding(steps=(first, other, last)),)), quiet=True)
    assert "    1. app/conf.py:3: a literal is written here; is bound to MASTER\n" in said
    assert "    2. app/vault.py:14: goes into AESGCM as key\n" in said


def test_of_long_evidence_both_ends_are_told() -> None:
    between = [Step("app/way.py", Span(n, 1, n, 2), f"step {n}", "") for n in range(1, 20)]
    said = text(report(findings=(finding(steps=(STEPS[0], *between, STEPS[1])),)), quiet=True)
    numbers = re.findall(r"^ +(\d+)\. ", said, re.MULTILINE)
    assert numbers == ["1", "2", "3", "17", "18", "19", "20", "21"]
    assert "    …  13 steps between: --format json names them\n" in said


def test_one_cause_is_told_once_with_all_its_places() -> None:
    places = [finding(span=Span(n, 5, n, 9)) for n in (14, 20, 31)]
    elsewhere = finding(path="app/other.py", span=Span(2, 1, 2, 5))
    other = finding(steps=(replace(STEPS[0], span=Span(4, 10, 4, 40)), STEPS[1]))
    made = report(findings=(*places, other, elsewhere))
    said = text(made)
    assert said.count("app/vault.py:14:5: critical") == 1
    assert "  the same in 2 more places: 20:5, 31:5\n" in said
    assert "app/vault.py:14:21: critical" in said
    assert "app/other.py:2:1: critical" in said
    assert "5 findings (5 critical)" in said


def test_one_secret_in_several_places_of_a_file_is_told_once() -> None:
    first = finding(rule_id="KA302", steps=(), preview="AKIA…", subject="aws:1a2b")
    second = replace(first, span=Span(40, 3, 40, 23))
    other = replace(second, subject="aws:3c4d", span=Span(41, 3, 41, 23))
    said = text(report(findings=(first, second, other)), quiet=True)
    assert "  the same in 1 more place: 40:3\n" in said
    assert "app/vault.py:41:3: critical" in said
    assert "app/vault.py:40:3: critical" not in said


def test_a_step_that_only_repeats_the_finding_is_left_out() -> None:
    said = text(report(findings=(finding(steps=STEPS[1:]),)), quiet=True)
    assert "origin first" not in said


def test_a_finding_of_a_rule_that_is_not_at_hand_is_still_told() -> None:
    said = text(report(findings=(finding(rule_id="XX901"),)))
    assert "critical XX901 [high confidence]" in said
    assert "fix:" not in said


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202emoc.live\u2066\x9b31m\r\n\u2028\x00\ud800"


def test_nothing_from_the_tree_reaches_the_terminal_as_a_control_character() -> None:
    step = Step(HOSTILE, Span(1, 1, 1, 2), HOSTILE, HOSTILE)
    made = report(
        findings=(
            finding(path=HOSTILE, message=HOSTILE, code=HOSTILE, steps=(step, STEPS[1])),
            finding(path=HOSTILE, message=HOSTILE, code=HOSTILE, severity=Severity.NOTE),
        ),
        skipped=(Skipped(HOSTILE, "binary"), Skipped(HOSTILE, "unreadable", HOSTILE)),
        notices=(Notice("limit", HOSTILE, HOSTILE),),
    )
    said = text(made)
    assert said.replace("\n", "").isprintable()
    colored = re.sub(r"\x1b\[[0-9;]*m", "", text(made, color=True))
    assert colored == said


def test_color_adds_nothing_but_color() -> None:
    plain = text(full_report())
    colored = text(full_report(), color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31mcritical\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


@pytest.mark.parametrize(
    ("path", "shown"),
    [("bytes-\udcff.py", "bytes-\\xff.py"), ("a\nb.py", "a b.py"), ("naïve 鍵.py", "naïve 鍵.py")],
)
def test_odd_file_names_are_readable(path: str, shown: str) -> None:
    said = text(report(findings=(finding(path=path, steps=()),)), quiet=True)
    assert said.startswith(f"{shown}:14:21: ")
