"""Secrets in what is no file: messages of commits and tags, authors, names of files and refs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from keyaudit.core.result import DocumentResult
from keyaudit.history.git.commits import Step
from keyaudit.history.request import HistoryRequest
from keyaudit.history.run import scan_history
from keyaudit.history.versions.examiner import BlobExaminer
from keyaudit.history.versions.messages import Messages
from keyaudit.scanning.settings import Settings
from tests.caches import shipped
from tests.history.support import Repo, github_token, history, made_up, new_repo, run


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo")
    made.commit(a="1")
    return made


def say(repo: Repo, message: str, *options: str) -> str:
    repo.day += 1
    repo.git(*options, "commit", "-q", "--allow-empty", "-m", message)
    return repo.git("rev-parse", "HEAD")


def told(report: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(f["rule_id"], f["path"], f["span"]["line"]) for f in report["findings"]]


def test_a_secret_in_a_message_is_told_with_its_commit(repo: Repo, tmp_path: Path) -> None:
    secret = github_token(1)
    commit = say(repo, f"Use the token\n\nIt is {secret}, for now")
    report, output = history(repo.path, tmp_path, status=1)
    assert told(report) == [("KA302", f"(commit {commit[:12]})", 3)]
    (finding,) = report["findings"]
    assert (finding["history"]["commit"], finding["history"]["author"]) == (commit, "Ada")
    assert finding["history"]["in_head"]
    assert secret[8:] not in output
    shown = run(repo.path, tmp_path).stdout.decode()
    assert "until the history is rewritten" in shown
    assert secret[8:] not in shown


def test_one_that_many_say_is_told_once_as_of_the_first(repo: Repo, tmp_path: Path) -> None:
    first = say(repo, f"one {github_token(2)}")
    say(repo, f"two {github_token(2)}")
    repo.git("tag", "-a", "v1", "-m", f"three {github_token(2)}")
    repo.git("tag", "-a", "v2", "-m", f"another {github_token(3)}")
    report, _ = history(repo.path, tmp_path, status=1)
    assert next(path for _, path, _ in told(report)) == f"(commit {first[:12]})"
    assert len(report["findings"][0]["history"]["paths"]) == 3
    tag = repo.git("rev-parse", "v2")
    assert told(report)[1:] == [("KA302", f"(tag {tag[:12]})", 1)]


def test_names_are_looked_at(repo: Repo, tmp_path: Path) -> None:
    repo.git("branch", github_token(4))
    repo.commit(**{f"{github_token(5)}_dot_txt": "x"})
    say(repo, "change", "-c", f"user.name={github_token(6)}")
    report, output = history(repo.path, tmp_path, status=1)
    paths = {path for _, path, _ in told(report)}
    assert {"(name of a branch or tag)", "(name of a file)"} < paths
    assert len(paths) == 3
    for seed in (4, 5):
        assert github_token(seed)[8:] not in output


def test_the_next_run_knows_what_was_said(repo: Repo, tmp_path: Path) -> None:
    first = say(repo, f"one {github_token(7)}")
    history(repo.path, tmp_path, status=1)
    second = say(repo, f"two {github_token(8)}")
    report, _ = history(repo.path, tmp_path, status=1)
    assert {path for _, path, _ in told(report)} == {
        f"(commit {first[:12]})", f"(commit {second[:12]})",
    }  # fmt: skip
    assert report["findings"] == history(repo.path, tmp_path, "--no-cache")[0]["findings"]


def test_a_message_that_was_rewritten_is_gone(repo: Repo, tmp_path: Path) -> None:
    say(repo, f"one {github_token(9)}")
    history(repo.path, tmp_path, status=1)
    repo.git("commit", "--amend", "--allow-empty", "-q", "-m", "nothing")
    report, _ = history(repo.path, tmp_path, status=0)
    assert told(report) == []


def test_a_range_says_what_its_commits_say(repo: Repo, tmp_path: Path) -> None:
    say(repo, f"one {github_token(10)}")
    last = say(repo, f"two {github_token(11)}")
    report, _ = history(repo.path, tmp_path, "--range", "HEAD~1..HEAD", status=1)
    assert [path for _, path, _ in told(report)] == [f"(commit {last[:12]})"]


def test_prose_is_no_secret(repo: Repo, tmp_path: Path) -> None:
    say(repo, "Fix the password: it was wrong\n\ntoken: see above\nSigned-off-by: Ada <a@b.c>")
    say(repo, f"Revert {made_up(1, 40)}\n\nThis reverts commit {'0a1b2c3d' * 5}.")
    say(repo, "Merge\x02 marks\x03 of\x03\n:100644 100644 our own format")
    report, _ = history(repo.path, tmp_path, status=0)
    assert told(report) == []


def test_an_author_is_told_with_his_first_commit_in_every_run(repo: Repo, tmp_path: Path) -> None:
    options = ("-c", f"user.name={github_token(12)}")
    first = say(repo, "one", *options)
    history(repo.path, tmp_path, status=1)
    say(repo, "two", *options)
    report, _ = history(repo.path, tmp_path, status=1)
    (finding,) = report["findings"]
    assert finding["history"]["paths"] == [f"(commit {first[:12]})"]
    assert report["findings"] == history(repo.path, tmp_path, "--no-cache")[0]["findings"]


def test_of_many_names_each_is_told_at_its_line(repo: Repo, tmp_path: Path) -> None:
    """There are more than are looked at together."""
    commit = repo.git("rev-parse", "HEAD")
    names = [f"b{number:04}{'x' * 90}" for number in range(4_000)] + [f"z{github_token(13)}"]
    refs = "".join(f"{commit} refs/heads/{name}\n" for name in names)
    (repo.path / ".git" / "packed-refs").write_text(refs)
    report, _ = history(repo.path, tmp_path, status=1)
    # After them and `main`.
    assert told(report) == [("KA302", "(name of a branch or tag)", 4_002)]


def test_one_that_cannot_be_analyzed_is_tried_again_and_the_others_are_not(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(120):  # more than are gone through again and again
        say(repo, f"nothing {number}")
    place = f"(commit {say(repo, f'one {github_token(14)}')[:12]})"
    told_of = say(repo, f"two {github_token(15)}")
    catalogue = shipped()
    request = HistoryRequest(repo.path, Settings(jobs=1))
    looked, heard = BlobExaminer.text_alone, []
    hear = Messages.hear

    def dies(self: BlobExaminer, where: str, text: bytes) -> DocumentResult:
        if where == place:
            os._exit(1)
        return looked(self, where, text)

    def hears(self: Messages, step: Step) -> None:
        heard.append(step)
        hear(self, step)

    monkeypatch.setattr(Messages, "hear", hears)
    monkeypatch.setattr(BlobExaminer, "text_alone", dies)
    for again in (False, True):
        heard.clear()
        report = scan_history(request, catalogue)
        assert (len(heard) > 5, report.complete) == (not again, False)
        assert [skip.path for skip in report.skipped] == [place]
        assert [f.path for f in report.findings] == [f"(commit {told_of[:12]})"]
    monkeypatch.setattr(BlobExaminer, "text_alone", looked)
    heard.clear()
    report = scan_history(request, catalogue)
    assert (heard, report.complete, report.skipped) == ([], True, ())
    assert {f.path for f in report.findings} == {place, f"(commit {told_of[:12]})"}
