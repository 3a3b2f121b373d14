"""Trees and git repositories to list, made in temporary folders."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from keyaudit.sources import Listing, Staged, WorkingTree

MAX_SIZE = 2_000_000


class Repo:
    """A git repository, used with no settings but its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main", *options)

    def git(self, *arguments: str | Path, check: bool = True) -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(
            ["git", *map(str, arguments)],
            cwd=self.folder,
            env=kept
            | {
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": "Ada",
                "GIT_AUTHOR_EMAIL": "ada@example.org",
                "GIT_COMMITTER_NAME": "Ada",
                "GIT_COMMITTER_EMAIL": "ada@example.org",
            },
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert not check or done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def write(self, name: str, content: str | bytes = "x = 1\n") -> Path:
        return write(self.folder, name, content)

    def commit(self, *names: str) -> None:
        self.git("add", "--all", *names)
        self.git("commit", "--quiet", "--message", "Change", "--allow-empty")


def write(folder: Path, name: str, content: str | bytes = "x = 1\n") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def listed(*paths: Path, exclude: Iterable[str] = (), max_size: int = MAX_SIZE) -> Listing:
    """What the working tree gives for paths; `exclude` are whole paths from the root."""
    chosen = frozenset(exclude)
    return WorkingTree(
        paths, max_size=max_size, excluded=lambda path: path if path in chosen else None
    ).listing()


def names(listing: Listing) -> list[str]:
    return [entry.path for entry in listing.entries]


def reasons(listing: Listing) -> dict[str, str]:
    return {skip.path: skip.reason for skip in listing.skipped}


def contents(source: Staged | WorkingTree) -> dict[str, bytes]:
    found = {entry.path: source.read(entry) for entry in source.listing().entries}
    source.close()
    return found


def staged(*paths: Path, max_size: int = MAX_SIZE) -> Staged:
    return Staged(paths, max_size=max_size)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository that is also the working directory, without the user's git settings."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made
