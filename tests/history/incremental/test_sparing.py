"""What `keyaudit history` looks at once only, and finds all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.history.support import Repo, github_token, history, made_up, new_repo

KEY = made_up(7, 43) + "="


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return new_repo(tmp_path / "repo")


def code(key: str, filler: int) -> str:
    """A program with a literal key, at another place for another filler."""
    lines = "".join(f"value_{number} = {number}\n" for number in range(filler))
    return f"from cryptography.fernet import Fernet\n{lines}cipher = Fernet({key})\n"


def test_every_version_with_a_literal_key_is_named(repo: Repo, tmp_path: Path) -> None:
    came = repo.commit(crypt_dot_py=code(f"b'{KEY}'", 0))
    for filler in (3, 40, 41):
        repo.commit(crypt_dot_py=code(f"b'{KEY}'", filler))
    went = repo.commit(crypt_dot_py=code("load()", 41))
    report, output = history(repo.path, tmp_path / "cache", status=1)
    (finding,) = (f for f in report["findings"] if f["rule_id"] == "KA507")
    life = finding["history"]
    assert (life["commit"], life["removed_commit"], len(life["blobs"])) == (came, went, 4)
    assert finding["span"]["line"] == 2 + 41
    assert KEY not in output


def test_key_that_is_used_later_than_it_was_written(repo: Repo, tmp_path: Path) -> None:
    unused = f"from cryptography.fernet import Fernet\nBOX_KEY = b'{KEY}'\n"
    came = repo.commit(crypt_dot_py=unused)
    repo.commit(crypt_dot_py=f"{unused}box = Fernet(BOX_KEY)\n")
    repo.commit(crypt_dot_py="x = 1\n")
    report, _ = history(repo.path, tmp_path / "cache", status=1)
    found = [f["history"] for f in report["findings"] if f["message"].startswith("the key of")]
    assert [life["commit"] for life in found] == [came]


def test_deep_finds_what_else_the_code_does(repo: Repo, tmp_path: Path) -> None:
    weak = "import hashlib\nkey = hashlib.pbkdf2_hmac('sha256', read(), salt(), 10)\n"
    repo.commit(kdf_dot_py=weak)
    repo.commit(kdf_dot_py="x = 1\n")
    cache = tmp_path / "cache"
    assert history(repo.path, cache, status=0)[0]["findings"] == []
    assert history(repo.path, cache, "--deep", status=1)[0]["findings"]


def test_new_version_with_an_old_secret_is_the_same_secret(repo: Repo, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    came = repo.commit(a_dot_py=f"TOKEN = '{github_token(1)}'\n")
    repo.commit(a_dot_py=f"TOKEN = '{github_token(1)}'\n", b_dot_py=f"T = '{github_token(2)}'\n")
    repo.commit(a_dot_py="x = 1\n", b_dot_py="x = 2\n")
    first, _ = history(repo.path, cache, status=1)
    repo.commit(c_dot_py=f"# again\nTOKEN = '{github_token(1)}'\n")
    went = repo.commit(c_dot_py="x = 1\n")
    second, _ = history(repo.path, cache, status=1)
    assert len(first["findings"]) == len(second["findings"]) == 2
    lives = {f["history"]["commit"]: f["history"] for f in second["findings"]}
    assert lives[came]["removed_commit"] == went
    assert lives[came]["paths"] == ["a.py", "c.py"]


def test_cache_holds_nothing_that_a_guess_could_be_tried_on(repo: Repo, tmp_path: Path) -> None:
    """The same secret is known by another name in another cache."""
    repo.commit(a_dot_py=f"TOKEN = '{github_token(1)}'\n")
    repo.commit(a_dot_py="x = 1\n")
    import sqlite3

    def values(folder: Path) -> set[bytes]:
        history(repo.path, folder, status=1)
        connection = sqlite3.connect(folder / "keyaudit" / "results.sqlite3")
        rows = connection.execute("SELECT value FROM results")
        # Of findings, not of the commits that were gone through.
        found = {row[0] for row in rows if b"findings" in row[0]}
        connection.close()
        return found

    first, second = values(tmp_path / "one"), values(tmp_path / "two")
    assert first
    assert not first & second
