"""A baseline: what it mutes, what it holds, and what is said of a wrong one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from keyaudit.core.errors import KeyauditError
from keyaudit.core.finding import Suppression
from keyaudit.core.report import Report, Skipped
from keyaudit.scanning import baseline
from keyaudit.secrets.detectors.token_checksums import base62_checksum
from tests.scanning.support import CANARY, HARDCODED, TOKEN, Project, found

FILE = Path("baseline.json")


@pytest.fixture
def project(project: Project) -> Project:
    project.write("a.py", HARDCODED)
    project.write("b.cfg", f"token = {TOKEN}\n")
    return project


def test_known_findings_are_muted_and_new_ones_count(project: Project) -> None:
    before = project.scan()
    baseline.create(before, FILE)
    after = project.scan(baseline=FILE)
    assert after.findings == ()
    assert {f.fingerprint for f in after.suppressed} == {f.fingerprint for f in before.findings}
    assert {f.suppression for f in after.suppressed} == {Suppression("baseline", "in the baseline")}
    project.write("c.py", HARDCODED.replace(CANARY, CANARY[::-1]))
    assert {path for _, path, _ in found(project.scan(baseline=FILE))} == {"c.py"}
    assert len(project.scan(baseline=FILE, use_baseline=False).findings) > len(before.findings)


def test_known_findings_stay_known_when_lines_move_and_files_are_renamed(project: Project) -> None:
    baseline.create(project.scan(), FILE)
    project.write("moved/z.py", "\n\n# more\n" + HARDCODED)
    Path("a.py").unlink()
    assert found(project.scan(baseline=FILE)) == []


def test_a_second_finding_of_the_same_kind_is_new(project: Project) -> None:
    baseline.create(project.scan(select=("KA301",)), FILE)
    project.write("a.py", HARDCODED + HARDCODED.splitlines()[-1] + "\n")
    assert found(project.scan(select=("KA301",), baseline=FILE)) == [("KA301", "a.py", 4)]


def test_the_file_is_sorted_an_entry_a_line_and_has_no_secret(project: Project) -> None:
    report = project.scan()
    baseline.create(report, FILE)
    text = FILE.read_text()
    data = json.loads(text)
    assert (data["kind"], data["version"]) == ("keyaudit baseline", 1)
    entries = data["findings"]
    assert entries == sorted(entries, key=lambda e: (e["path"], e["rule"], e["fingerprint"]))
    assert {frozenset(entry) for entry in entries} == {frozenset(("path", "rule", "fingerprint"))}
    assert len(text.splitlines()) == len(report.findings) + 6
    for part in (CANARY, TOKEN, CANARY[4:16], TOKEN[8:20], "AESGCM", "cipher"):
        assert part not in text
    baseline.create(project.scan(), FILE)
    assert FILE.read_text() == text


def test_a_baseline_that_is_a_link_is_written_where_that_leads(project: Project) -> None:
    kept = Path("kept.json")
    baseline.create(project.scan(), kept)
    FILE.symlink_to(kept)
    before = kept.read_text()
    project.write("c.py", HARDCODED.replace(CANARY, CANARY[::-1]))
    baseline.create(project.scan(), FILE)
    assert FILE.is_symlink()
    assert len(kept.read_text().splitlines()) > len(before.splitlines())
    assert project.scan(baseline=FILE).findings == ()


def test_the_baseline_itself_holds_nothing_that_looks_like_a_key(project: Project) -> None:
    baseline.create(project.scan(), FILE)
    assert project.scan(select=("KA3",), baseline=FILE).findings == ()
    assert "baseline.json" not in {path for _, path, _ in found(project.scan())}


def test_an_update_drops_what_is_gone_adds_what_is_new_and_keeps_reasons(project: Project) -> None:
    baseline.create(project.scan(select=("KA3",)), FILE)
    data = json.loads(FILE.read_text())
    kept = next(e for e in data["findings"] if e["path"] == "b.cfg")
    kept["reason"] = "revoked last year"
    FILE.write_text(json.dumps(data))
    Path("a.py").unlink()
    project.write("c.py", HARDCODED)
    body = TOKEN[4:-7] + "q"
    project.write("d.cfg", f"token = ghp_{body}{base62_checksum(body)}\n")
    baseline.update(project.scan(select=("KA3",), use_baseline=False), FILE)
    entries = json.loads(FILE.read_text())["findings"]
    assert {entry["path"] for entry in entries} == {"b.cfg", "c.py", "d.cfg"}
    report = project.scan(select=("KA3",), baseline=FILE)
    reasons = {f.path: f.suppression.reason for f in report.suppressed if f.suppression}
    assert reasons["b.cfg"] == "revoked last year"
    # From a report in which the baseline has muted them already, it comes out the same.
    before = FILE.read_text()
    baseline.update(report, FILE)
    assert FILE.read_text() == before


def test_an_update_keeps_what_is_in_files_that_were_skipped(project: Project) -> None:
    baseline.create(project.scan(), FILE)
    before = baseline.load(FILE).entries
    baseline.update(Report(root="/", skipped=(Skipped("a.py", "crashed"),)), FILE)
    after = baseline.load(FILE).entries
    assert after == {key: entry for key, entry in before.items() if entry.path == "a.py"}
    assert after


def test_what_a_comment_mutes_is_not_recorded(project: Project) -> None:
    project.write("a.py", HARDCODED.replace(")\n", ")  # keyaudit: ignore[KA301] known\n"))
    baseline.create(project.scan(select=("KA301",)), FILE)
    assert json.loads(FILE.read_text())["findings"] == []
    assert baseline.load(FILE).entries == {}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"kind": "keyaudit baseline", "version": 2, "findings": []}', "of version 2"),
        ('{"kind": "keyaudit baseline", "findings": []}', "of version None"),
        ('{"version": 1, "findings": []}', "is no baseline"),
        ("[]", "is no baseline"),
        ('{"kind": "keyaudit baseline", "version": 1, "find', "no JSON"),
        ("", "no JSON"),
        ("\xff\xfe\x00", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"kind": "keyaudit baseline", "version": 1}', "malformed"),
        ('{"kind": "keyaudit baseline", "version": 1, "findings": 3}', "malformed"),
        ('{"kind": "keyaudit baseline", "version": 1, "findings": [{"rule": "KA1"}]}', "malformed"),
        (
            '{"kind": "keyaudit baseline", "version": 1, "findings":'
            ' [{"rule": "KA1", "path": "a", "fingerprint": 7}]}',
            "malformed",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_remedy(
    project: Project, content: str, fault: str
) -> None:
    FILE.write_bytes(content.encode("latin-1"))
    with pytest.raises(KeyauditError) as caught:
        project.scan(baseline=FILE)
    assert fault in caught.value.what
    assert caught.value.where == "baseline.json"
    assert "keyaudit baseline create" in str(caught.value.hint)
    with pytest.raises(KeyauditError):
        baseline.update(Report(root="/"), FILE)
    assert FILE.read_bytes() == content.encode("latin-1")


def test_a_missing_file_and_a_folder_are_refused(project: Project) -> None:
    with pytest.raises(KeyauditError, match="there is no such baseline"):
        project.scan(baseline=FILE)
    FILE.mkdir()
    with pytest.raises(KeyauditError, match="is no file"):
        project.scan(baseline=FILE)
    with pytest.raises(KeyauditError, match="is a folder"):
        baseline.create(Report(root="/"), FILE)
    with pytest.raises(KeyauditError, match="there is no folder"):
        baseline.create(Report(root="/"), Path("no/such/folder.json"))
    assert sorted(file.name for file in Path().iterdir()) == ["a.py", "b.cfg", "baseline.json"]


def test_the_permissions_of_a_file_stay(project: Project) -> None:
    report = project.scan()
    mask = os.umask(0o022)
    try:
        baseline.create(report, FILE)
        assert FILE.stat().st_mode & 0o777 == 0o644
        FILE.chmod(0o600)
        baseline.create(report, FILE)
        assert FILE.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(mask)
