"""The commits are the same, whether git goes through them beside other work or when asked."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from keyaudit.history.exposure.attribution import Change, changes_of, in_time
from keyaudit.history.git import commits
from keyaudit.history.git.commits import Log
from keyaudit.sources.git import Repository
from tests.history.support import Repo, new_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo")
    for number in range(3):
        made.commit(a=f"a {number}\n", **{f"b{number}": "b\n"})
    return made


def _changes(repo: Repo, log: Log) -> list[Change]:
    wanted = frozenset({repo.git("rev-parse", "HEAD:a"), repo.git("rev-parse", "HEAD:b0")})
    with closing(log):
        return changes_of(in_time(log.steps()), wanted)


def _log(repo: Repo) -> Log:
    return Log(Repository(str(repo.path)), ["--all"])


def test_the_commits_are_read_beside_other_work(repo: Repo) -> None:
    found = _changes(repo, _log(repo))
    assert [(change.path, change.commit.author) for change in found] == [
        ("b0", "Ada"), ("b1", "Ada"), ("a", "Ada"), ("b2", "Ada"),
    ]  # fmt: skip


def test_those_of_a_huge_repository_are_read_when_asked(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _changes(repo, _log(repo))
    monkeypatch.setattr(commits, "_MOST_OBJECTS", 0)
    log = _log(repo)
    assert log._begun is None
    assert _changes(repo, log) == expected


def test_no_place_for_a_file_is_no_fault(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _changes(repo, _log(repo))

    def refuse() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert _changes(repo, _log(repo)) == expected


def test_what_failed_beside_is_asked_again(repo: Repo) -> None:
    expected = _changes(repo, _log(repo))
    log = _log(repo)
    assert log._begun is not None
    log._begun._process.wait()
    log._begun._process = SimpleNamespace(wait=lambda: 128, poll=lambda: 128)  # type: ignore[assignment]
    assert _changes(repo, log) == expected
