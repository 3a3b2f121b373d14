"""Messages whose analysis fails cost themselves only, and what was said of them is kept."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from keyaudit import catalogue, secrets
from keyaudit.catalogue.types import Catalogue
from keyaudit.core.report import Report
from keyaudit.history import HistoryRequest
from keyaudit.history.run import scan_history
from keyaudit.history.versions import texts
from keyaudit.scanning.pool import Pool
from keyaudit.scanning.settings import Settings
from keyaudit.scanning.startup import load_analyzers
from keyaudit.scanning.worker import Limits
from tests.history.support import Repo, compiled, github_token, new_repo

_analyze = secrets.analyze


@pytest.fixture(scope="module")
def rules() -> Catalogue:
    load_analyzers()  # once: they take their time, and so do the processes that hang here
    return catalogue.load(cache_folder=compiled() / "keyaudit")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """One whose commits, but the first, say secrets; and a tag and a branch do."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = new_repo(tmp_path / "repo")
    made.commit(a="1")
    for number in range(3):
        made.day += 1
        made.git("commit", "-q", "--allow-empty", "-m", f"say {github_token(number)}")
    made.git("tag", "-a", "v1", "-m", f"say {github_token(3)}")
    made.git("branch", github_token(4))
    return made


def look(repo: Repo, rules: Catalogue, **settings: Any) -> Report:
    return scan_history(HistoryRequest(repo.path, Settings(**settings)), rules)


def places(report: Report) -> list[str]:
    return sorted(finding.path for finding in report.findings)


def place(repo: Repo, revision: str, kind: str = "commit") -> str:
    return f"({kind} {repo.git('rev-parse', revision)[:12]})"


def fails(monkeypatch: pytest.MonkeyPatch, at: str, what: Callable[[], object]) -> None:
    """Lets the analysis of the text at a place go wrong."""

    def analyze(document: Any, *more: Any) -> Any:
        if document.path == at:
            what()
        return _analyze(document, *more)

    monkeypatch.setattr(secrets, "analyze", analyze)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "the analyzer crashed (SIGSEGV)"),
        (lambda: 1 // 0, "the analyzer of secrets failed (ZeroDivisionError"),
        (lambda: time.sleep(60), "took more than 3 s"),
    ],
    ids=["crash", "error", "hang"],
)
@pytest.mark.parametrize(
    ("revision", "kind"), [("HEAD~1", "commit"), ("v1", "tag"), ("", "name of a branch or tag")]
)
def test_a_text_that_cannot_be_analyzed_is_named_and_the_rest_goes_on(
    repo: Repo,
    rules: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
    what: Callable[[], object],
    why: str,
    revision: str,
    kind: str,
) -> None:
    bad = place(repo, revision, kind) if revision else f"({kind})"
    every = {place(repo, f"HEAD~{number}") for number in range(3)}
    every |= {place(repo, "v1", "tag"), "(name of a branch or tag)"}
    monkeypatch.setattr(texts, "Pool", partial(Pool, limits=Limits(wall=3.0)))
    fails(monkeypatch, bad, what)
    report = look(repo, rules)
    ((path, reason, detail),) = report.skipped
    assert (path, reason) == (bad, "crashed")
    assert detail.startswith(why)
    assert not report.complete
    assert places(report) == sorted(every - {bad})
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(repo.path.parent / "cache"))
    # It was not kept as one in which there is nothing.
    report = look(repo, rules)
    assert places(report) == sorted(every)
    assert report.complete


def test_what_is_not_reached_in_time_is_named(
    repo: Repo, rules: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = place(repo, "HEAD~1")
    fails(monkeypatch, bad, lambda: time.sleep(60))
    report = look(repo, rules, timeout=2.0, jobs=1)
    assert not report.complete
    assert (bad, "timeout") in {(skip.path, skip.reason) for skip in report.skipped}
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(repo.path.parent / "cache"))
    assert bad in places(look(repo, rules))


def test_the_next_run_analyzes_what_is_new(
    repo: Repo, rules: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = look(repo, rules)
    repo.day += 1
    repo.git("commit", "-q", "--allow-empty", "-m", f"say {github_token(5)}")
    new = place(repo, "HEAD")

    def analyze(document: Any, *more: Any) -> Any:
        assert document.path == new
        return _analyze(document, *more)

    monkeypatch.setattr(secrets, "analyze", analyze)
    report = look(repo, rules)
    assert report.skipped == ()
    assert places(report) == sorted([*places(first), new])
    # Of one branch nothing but the results of texts is kept.
    one = HistoryRequest(repo.path, Settings(), revisions="main")
    assert scan_history(one, rules).skipped == ()
