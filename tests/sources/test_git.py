"""git is called so that a repository cannot make it start a program, or look elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keyaudit.core.errors import KeyauditError
from keyaudit.sources import git
from keyaudit.sources.git import find_git
from tests.sources.support import Repo, contents, listed, names, staged, write


def programs(folder: Path) -> tuple[Path, Path]:
    """A program that leaves a mark when it runs, and the mark."""
    mark = folder / "ran"
    program = write(folder, "program.sh", f"#!/bin/sh\necho \"$0 $*\" >>'{mark}'\n")
    program.chmod(0o755)
    return program, mark


def plant(repo: Repo, program: Path) -> None:
    """Everything in a repository that can name a program, as far as git knows it."""
    settings = {
        "core.fsmonitor": program, "core.pager": program, "core.editor": program,
        "core.sshCommand": program, "core.gitProxy": program, "core.askPass": program,
        "core.alternateRefsCommand": program, "core.hooksPath": repo.folder / "hooks",
        "credential.helper": f"!{program}", "diff.external": program, "pager.ls-files": program,
        "pager.diff-index": program, "pager.cat-file": program, "gpg.program": program,
        "filter.evil.clean": program, "filter.evil.smudge": program,
        "filter.evil.process": program, "filter.evil.required": "true",
        "diff.evil.textconv": program, "diff.evil.command": program,
        "alias.ls-files": f"!{program}", "alias.cat-file": f"!{program}",
        "core.untrackedCache": "true", "core.commitGraph": "true",
        "protocol.allow": "always", "protocol.ext.allow": "always", "protocol.file.allow": "always",
    }  # fmt: skip
    for name, value in settings.items():
        repo.git("config", name, str(value))
    for hook in ("post-index-change", "pre-commit", "post-checkout", "fsmonitor-watchman",
                 "reference-transaction", "pre-auto-gc"):  # fmt: skip
        write(repo.folder, f"hooks/{hook}", program.read_bytes()).chmod(0o755)
        write(repo.folder, f".git/hooks/{hook}", program.read_bytes()).chmod(0o755)
    write(repo.folder, ".gitattributes", "* filter=evil diff=evil\n")


def test_planted_configuration_starts_no_program(repo: Repo, tmp_path: Path) -> None:
    program, mark = programs(tmp_path)
    repo.write("a.py", "x = 1\n")
    repo.commit()
    repo.write("a.py", "x = 2\n")
    repo.write("b.py", "y = 2\n")
    repo.git("add", "--all")
    repo.write("a.py", "x = 3\n")
    repo.write("ignored/c.py")
    repo.write(".gitignore", "ignored\n")
    plant(repo, program)
    # The configuration works: git itself runs the program.
    repo.git("status", check=False)
    assert mark.exists()
    mark.unlink()

    assert "a.py" in names(listed(repo.folder))
    assert names(listed(repo.folder / "ignored")) == ["ignored/c.py"]
    source = staged(repo.folder)
    assert source.tree.read("b.py") == b"y = 2\n"
    assert contents(source) == {"a.py": b"x = 2\n", "b.py": b"y = 2\n"}
    assert not mark.exists(), mark.read_text()


def test_a_missing_object_is_not_fetched(repo: Repo, tmp_path: Path) -> None:
    """In a partial clone git fetches what it lacks, by programs that its configuration names."""
    program, mark = programs(tmp_path)
    repo.write("a.py", "x = 1\n")
    repo.git("add", "--all")
    blob = repo.git("rev-parse", ":a.py").strip()
    (repo.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    other = Repo(tmp_path / "other")
    repo.git("config", "core.repositoryFormatVersion", "1")
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "remote.origin.uploadpack", str(program))
    for url in (str(other.folder), f"ext::{program} %S", "ssh://host/path"):
        repo.git("config", "remote.origin.url", url)
        repo.git("config", "core.sshCommand", str(program))
        for protocol in ("ext", "file", "ssh"):
            repo.git("config", f"protocol.{protocol}.allow", "always")
        repo.git("cat-file", "-p", blob, check=False)
        assert mark.exists(), url
        mark.unlink()
        listing = staged(repo.folder).listing()
        assert [(skip.path, skip.reason) for skip in listing.skipped] == [("a.py", "unreadable")]
        assert not mark.exists(), mark.read_text()


def test_the_work_tree_is_where_the_repository_is(repo: Repo, tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/other.py")
    repo.write("a.py")
    repo.commit()
    repo.write("new.py")
    repo.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    assert names(listed(repo.folder)) == ["a.py", "new.py"]


def test_a_folder_that_looks_like_a_bare_repository_is_a_folder(repo: Repo) -> None:
    repo.write("sub/a.py")
    repo.commit()
    repo.git("init", "--quiet", "--bare", "sub")
    assert "sub/a.py" in names(listed(repo.folder / "sub"))


def test_variables_of_the_environment_do_not_lead_elsewhere(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, mark = programs(tmp_path)
    other = Repo(tmp_path / "other")
    other.write("other.py")
    other.commit()
    repo.write("a.py")
    repo.git("add", "--all")
    for name, value in {
        "GIT_DIR": other.folder / ".git", "GIT_WORK_TREE": other.folder,
        "GIT_INDEX_FILE": other.folder / ".git/index", "GIT_EXTERNAL_DIFF": program,
        "GIT_OBJECT_DIRECTORY": other.folder / ".git/objects", "GIT_PAGER": program,
        "GIT_EXEC_PATH": tmp_path, "GIT_LITERAL_PATHSPECS": "0", "GIT_SSH_COMMAND": program,
        "GIT_TRACE": tmp_path / "trace", "GIT_PREFIX": "sub/", "GIT_NAMESPACE": "x",
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={program}'",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    assert names(listed(repo.folder)) == ["a.py"]
    assert contents(staged(repo.folder)) == {"a.py": b"x = 1\n"}
    assert not mark.exists()
    assert not (tmp_path / "trace").exists()


def test_the_users_own_git_settings_count(repo: Repo, tmp_path: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    write(tmp_path, "ignore", "mine.py\n")
    write(tmp_path, "config", f"[core]\n\texcludesFile = {tmp_path / 'ignore'}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    repo.write("mine.py")
    repo.write("a.py")
    assert names(listed(repo.folder)) == ["a.py"]


def test_a_git_in_the_scanned_tree_is_not_run(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, mark = programs(tmp_path)
    write(repo.folder, "git", program.read_bytes()).chmod(0o755)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    find_git.cache_clear()
    assert names(listed(repo.folder)) == ["git"]
    assert not mark.exists()


@pytest.fixture
def _no_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    find_git.cache_clear()


@pytest.fixture(autouse=True)
def _forget_git() -> None:
    find_git.cache_clear()


@pytest.mark.usefixtures("_no_git")
def test_without_git_everything_is_scanned_and_said_so(tmp_path: Path) -> None:
    write(tmp_path, "tree/.git/HEAD", "ref: refs/heads/main\n")
    write(tmp_path, "tree/.gitignore", "a.py\n")
    write(tmp_path, "tree/a.py")
    listing = listed(tmp_path / "tree")
    assert names(listing) == [".gitignore", "a.py"]
    (notice,) = listing.notices
    assert notice.kind == "no-git"
    assert "git is not installed, so .gitignore is not honoured" in notice.message
    with pytest.raises(KeyauditError, match="git is not installed"):
        staged(tmp_path / "tree").listing()


def test_a_repository_of_another_user_is_named_with_the_remedy(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py")
    monkeypatch.setattr(git, "_KEPT", (*git._KEPT, "GIT_TEST_ASSUME_DIFFERENT_OWNER"))
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    listing = listed(repo.folder)
    assert names(listing) == ["a.py"]
    (notice,) = listing.notices
    assert notice.kind == "no-git"
    assert f"git config --global --add safe.directory {repo.folder}" in notice.message
    with pytest.raises(KeyauditError, match="another user owns it") as caught:
        staged(repo.folder).listing()
    assert "safe.directory" in str(caught.value.hint)


@pytest.mark.parametrize("damage", ["index", "HEAD", "config"])
def test_a_damaged_repository_is_scanned_as_a_folder(repo: Repo, damage: str) -> None:
    repo.write("a.py")
    repo.commit()
    (repo.folder / ".git" / damage).write_bytes(b"\x00nonsense [")
    listing = listed(repo.folder)
    assert names(listing) == ["a.py"]
    assert [notice.kind for notice in listing.notices] == ["no-git"]
    with pytest.raises(KeyauditError):
        staged(repo.folder).listing()


def test_a_git_that_waits_for_ever_is_not_waited_for(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "TIMEOUT", 0.2)
    repo.write("a.py")
    os.mkfifo(repo.folder / ".git/info/exclude.fifo")
    (repo.folder / ".git/info/exclude").unlink(missing_ok=True)
    (repo.folder / ".git/info/exclude.fifo").rename(repo.folder / ".git/info/exclude")
    listing = listed(repo.folder)
    assert names(listing) == ["a.py"]
    assert ["did not answer" in notice.message for notice in listing.notices] == [True]
