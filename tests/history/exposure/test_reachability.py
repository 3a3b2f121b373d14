"""A secret has left when no branch, tag or stash has it at its end any more, and not before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.history.support import Repo, github_token, history, new_repo

ODD = "odd\nname\r"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def line(seed: int) -> str:
    return f"TOKEN = '{github_token(seed)}'\n"


def lives(repo: Repo, tmp_path: Path, *options: str) -> list[dict[str, Any]]:
    """What is said of the secrets that are not in HEAD: the same, whether or not a run went before,
    if there are no options."""
    report, _ = history(repo.path, tmp_path / "cache", *options)
    if not options:
        first, _ = history(repo.path, tmp_path / f"first{repo.day}{repo.git('rev-parse', 'HEAD')}")
        assert first["findings"] == report["findings"]
    return [f["history"] for f in report["findings"] if f["rule_id"] == "KA507"]


def removed(found: list[dict[str, Any]]) -> list[str | None]:
    return [life["removed_commit"] for life in found]


def test_what_another_branch_has_did_not_leave(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(1))
    repo.git("branch", "side")
    went = repo.commit(a_dot_py="x = 1\n")
    (life,) = lives(repo, tmp_path)
    assert (life["removed_commit"], life["removed_date"]) == (None, None)
    assert life["exposed_days"] > 1_000  # until today
    repo.git("checkout", "-q", "side")
    repo.commit(b_dot_py="x = 1\n")  # the branch goes on with it
    repo.git("checkout", "-q", "main")
    assert removed(lives(repo, tmp_path)) == [None]
    repo.git("merge", "-q", "--no-edit", "side")
    assert removed(lives(repo, tmp_path)) == [None]
    repo.git("branch", "-q", "-D", "side")
    assert removed(lives(repo, tmp_path)) == [went]
    repo.git("tag", "-a", "-m", "old", "v1", "HEAD~2")
    repo.git("tag", "-a", "-m", "older", "v0", f"{went}~1")
    assert removed(lives(repo, tmp_path)) == [None]
    # Of a range and of a branch, it is their own end that counts.
    assert removed(lives(repo, tmp_path, "--branch", "main")) == [went]
    assert removed(lives(repo, tmp_path, "--branch", "v0")) == [None]
    assert removed(lives(repo, tmp_path, "--unreachable")) == [None]


def test_merge_may_be_what_takes_a_secret_away(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py="x = 1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(b_dot_py=line(1))
    repo.git("checkout", "-q", "main")
    repo.commit(a_dot_py="x = 2\n")
    assert removed(lives(repo, tmp_path)) == [None]
    repo.day += 1
    repo.git("merge", "-q", "-s", "ours", "--no-edit", "side")
    merge = repo.git("rev-parse", "HEAD")
    repo.git("branch", "-q", "-D", "side")
    (life,) = lives(repo, tmp_path)
    assert (life["removed_commit"], life["exposed_days"]) == (merge, 2)
    repo.commit(a_dot_py="x = 3\n")
    assert removed(lives(repo, tmp_path)) == [merge]


def test_stash_holds_what_was_staged_and_new_files(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py="x = 1\n")
    (repo.path / "new.py").write_text(line(1))
    repo.git("stash", "push", "-q", "--include-untracked")
    (repo.path / "a.py").write_text(line(2))
    repo.git("add", "a.py")
    (repo.path / "a.py").write_text("x = 1\n")
    repo.git("stash", "push", "-q")
    assert removed(lives(repo, tmp_path)) == [None, None]


def test_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    repo.commit(a_dot_py=line(1), b_dot_py=line(2))
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(c_dot_py="x = 1\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a_dot_py="x = 1\n", b_dot_py="x = 2\n")
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--depth", "2", "--no-single-branch", f"file://{repo.path}", str(clone))
    assert removed(lives(Repo(clone), tmp_path)) == [None, None]


def test_path_that_git_is_not_asked_for_in_a_line(repo: Repo, tmp_path: Path) -> None:
    (repo.path / ODD).write_text(line(1))
    repo.commit(a_dot_py="x = 1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(a_dot_py="x = 2\n")
    repo.git("checkout", "-q", "main")
    (repo.path / ODD).unlink()
    went = repo.commit()
    assert removed(lives(repo, tmp_path)) == [None]
    repo.git("checkout", "-q", "-b", "other", "side")
    repo.commit(a_dot_py="x = 3\n")
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-q", "-D", "side")
    assert removed(lives(repo, tmp_path)) == [None]
    repo.day += 1
    repo.git("merge", "-q", "--no-edit", "other")
    repo.git("branch", "-q", "-D", "other")
    assert removed(lives(repo, tmp_path)) == [went]
