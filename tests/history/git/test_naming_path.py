"""A copy of a file in documentation or tests makes nothing harmless."""

from __future__ import annotations

import random
import string
from pathlib import Path
from typing import Any

import pytest

from keyaudit.history.git.naming_path import remoteness
from tests.history.support import Repo, history, new_repo

# Of a form without a checksum: one that a checksum proves counts wherever it stands.
_TOKEN = "glpat-" + "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=20))
NAMES = ("settings.py", "docs/settings.py", "apps/tests/settings.py")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def put(repo: Repo, *names: str) -> None:
    """A commit with the same file at some paths, and at no other."""
    for name in NAMES:
        path = repo.path / name
        if name in names:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"TOKEN = '{_TOKEN}'\n")
        elif path.exists():
            path.unlink()
    repo.commit(README=f"{repo.day}\n")


def told(repo: Repo, cache: Path, *options: str) -> set[tuple[str, str, str]]:
    report: dict[str, Any] = history(repo.path, cache, "--severity", "note", *options)[0]
    return {(f["rule_id"], f["path"], f["severity"]) for f in report["findings"]}


def test_of_several_places_in_head_the_one_in_use_counts(repo: Repo, tmp_path: Path) -> None:
    put(repo, "docs/settings.py", "apps/tests/settings.py")
    assert {severity for _, _, severity in told(repo, tmp_path / "cache")} == {"note"}
    put(repo, *NAMES)
    again = told(repo, tmp_path / "cache")
    assert again == told(repo, tmp_path / "first") == told(repo, tmp_path / "cache")
    assert ("KA302", "settings.py", "critical") in again
    assert {path for _, path, _ in again} == {"settings.py"}


def test_of_several_places_in_the_past_the_one_in_use_counts(repo: Repo, tmp_path: Path) -> None:
    put(repo, "docs/settings.py")
    put(repo)
    cache = tmp_path / "cache"
    assert told(repo, cache) == set()  # of an example it is not said that it leaked
    put(repo, "settings.py", "apps/tests/settings.py")
    put(repo, "docs/settings.py")
    put(repo)
    (again,) = told(repo, cache)
    assert again[:2] == ("KA507", "settings.py")
    assert again[2] != "note"
    for options in ((), ("--branch", "main"), ("--unreachable",)):
        assert told(repo, tmp_path / "first", *options) == {again}


def test_what_is_in_use_comes_before_what_was_written_for_it_and_tests() -> None:
    paths = ["app/tests/a.py", "docs/b.md", "static/jquery.min.js", "app/a.py"]
    assert min(paths, key=remoteness) == "app/a.py"
    assert [remoteness(path) > remoteness("app/a.py") for path in paths] == [
        True,
        True,
        True,
        False,
    ]
    assert remoteness("static/jquery.min.js") < remoteness("docs/b.md")
